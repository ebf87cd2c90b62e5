/** Mount options that Docker takes for a tmpfs: flags of mount(8), and the settings of tmpfs(5). */
const FLAGS = new Set(
  (
    'async atime defaults dev diratime dirsync exec mand noatime nodev nodiratime noexec nomand norelatime nostrictatime ' +
    'nosuid relatime remount ro rw strictatime suid sync'
  ).split(' '),
);
const SETTINGS = new Set(['gid', 'mode', 'mpol', 'nr_blocks', 'nr_inodes', 'size', 'uid']);

export function isTmpfsOption(option: string): boolean {
  const cut = option.indexOf('=');
  if (cut === -1) return FLAGS.has(option);
  return SETTINGS.has(option.slice(0, cut)) && cut < option.length - 1;
}
