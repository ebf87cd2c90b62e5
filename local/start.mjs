#!/usr/bin/env node
// The way in for `npm start`, `npm stop`, `npm test`, `npm run soak` and `npm run bench`: plain JavaScript for any Node
// from 20 on, with nothing installed.
//
// Job: check the machine, install what is missing (saying so first), become root, and hand over to the project's own
//   Node 24 with the verb's program. What comes after the verb is passed on. Standard output is the program's own
//   (bench --json), so what is said here goes to standard error.
// Fails: exit 1 with what is wrong, where, and how to mend it. `--no-install` installs nothing and says what is missing.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statfsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
const PROGRAMS = {
  start: 'local/start.ts',
  stop: 'local/stop.ts',
  test: 'test/run.ts',
  soak: 'test/run.ts',
  bench: 'bench/main.ts',
};
/** npm knows `npm start`, `npm stop` and `npm test`; every other verb is `npm run VERB`. */
const NPM_OWN = ['start', 'stop', 'test'];
const NODE_MIN = 20;
const DOCKER_MIN = [20, 10];
/** Where Debian has dockerd and iptables; not on the PATH of root after a plain `su`. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];
const DISK_MIN_GIB = 4;

/** What the local cloud runs on this machine, and the Debian package that has it. */
const TOOLS = [
  { package: 'docker.io', what: 'Docker Engine', has: () => has('dockerd') && has('docker') },
  { package: 'docker-registry', what: 'image registry', has: () => has('docker-registry') },
  { package: 'iptables', what: 'firewall rules', has: () => has('iptables') && has('iptables-save') },
  { package: 'iproute2', what: 'network namespaces', has: () => has('ip') && has('ss') },
  {
    package: 'util-linux',
    what: 'namespaces',
    has: () => has('nsenter') && has('unshare') && has('setpriv'),
  },
  { package: 'busybox-static', what: 'contents of the example images', has: hasStaticBusybox },
  { package: 'curl', what: 'used by hosts when they boot', has: () => has('curl') },
  { package: 'ca-certificates', what: 'TLS to package registries', has: () => existsSync('/etc/ssl/certs') },
  { package: 'python3-venv', what: 'environment of the emulator', has: hasPython },
];
const TEST_TOOLS = [{ package: 'bind9-dnsutils', what: 'dig, for the tests', has: () => has('dig') }];

class Unusable extends Error {}

async function main([verb = '', ...rest]) {
  if (!(verb in PROGRAMS))
    throw new Unusable(`usage: node local/start.mjs ${Object.keys(PROGRAMS).join('|')} [...]`);
  const mayInstall = !rest.includes('--no-install');
  process.env.PATH = [...new Set([...pathFolders(), ...SYSTEM_FOLDERS])].join(delimiter);
  checkMachine();
  installPackages(mayInstall);
  if (isHelp(rest)) return handOver(verb, rest);
  if (process.getuid() !== 0) return becomeRoot(verb, rest);
  if (verb !== 'stop') {
    installTools(PROGRAMS[verb] === 'test/run.ts' ? [...TOOLS, ...TEST_TOOLS] : TOOLS, mayInstall);
    checkDocker();
    checkDisk();
    startMachinesDocker();
  }
  return handOver(verb, rest);
}

const isHelp = (args) => args.includes('--help') || args.includes('-h');

function checkMachine() {
  if (process.platform !== 'linux')
    throw new Unusable(
      `The local cloud needs Linux: its hosts are network and process namespaces. This is ${process.platform}. ` +
        `Use a Linux virtual machine (Debian or Ubuntu); the command line (npm run berth) works here too.`,
    );
  const [major] = process.versions.node.split('.').map(Number);
  if (major < NODE_MIN)
    throw new Unusable(
      `Node ${process.versions.node} is too old: install Node ${NODE_MIN} or newer, then run this again.`,
    );
  if (!['x64', 'arm64'].includes(process.arch))
    throw new Unusable(`The local cloud runs on x86-64 and 64-bit ARM; this processor is ${process.arch}.`);
}

/** The project's npm packages, its own Node among them; they belong to whoever runs this, not to root. */
function installPackages(mayInstall) {
  const installed = join(PROJECT, 'node_modules/.package-lock.json');
  const lock = join(PROJECT, 'package-lock.json');
  if (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(lock).mtimeMs &&
    existsSync(projectNode())
  )
    return;
  if (!mayInstall)
    throw new Unusable(
      `The npm packages of package-lock.json are not installed. Run: npm ci --ignore-scripts`,
    );
  say('Installing into node_modules: the npm packages of package-lock.json, Node 24 among them.');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: PROJECT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' }, // it would stay in the temporary folder
  });
  if (status !== 0)
    throw new Unusable('npm ci failed (see above). It needs the npm registry and about 500 MB of disk.');
  if (!existsSync(projectNode()))
    throw new Unusable(
      `npm ci did not bring Node 24 for this machine (${projectNode()}); is "omit=optional" set in an .npmrc?`,
    );
}

function projectNode() {
  return join(PROJECT, `node_modules/node-linux-${process.arch}/bin/node`);
}

function becomeRoot(verb, rest) {
  const again = [
    '-E',
    'env',
    `PATH=${process.env.PATH}`,
    process.execPath,
    fileURLToPath(import.meta.url),
    verb,
    ...rest,
  ];
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0)
    throw new Unusable(
      `The local cloud makes network namespaces, mounts and control groups, which only root may. Run: sudo -E npm ` +
        `${NPM_OWN.includes(verb) ? verb : `run ${verb}`}${rest.length > 0 ? ` -- ${rest.join(' ')}` : ''}`,
    );
  return follow(spawn('sudo', ['-n', ...again], { stdio: 'inherit' }));
}

/** Debian packages, each only if what it brings is missing; nothing is installed silently. */
function installTools(tools, mayInstall) {
  const missing = tools.filter((tool) => !tool.has());
  if (missing.length === 0) return;
  const list = missing.map((tool) => `  ${tool.package}  (${tool.what})`).join('\n');
  const names = missing.map((tool) => tool.package);
  if (!mayInstall)
    throw new Unusable(
      `These Debian packages are missing:\n${list}\nRun: apt-get install ${names.join(' ')}`,
    );
  if (!has('apt-get'))
    throw new Unusable(
      `This machine lacks, and has no apt-get to install it with:\n${list}\nInstall their equivalents, then run this again.`,
    );
  say(`Installing on this machine, with apt-get:\n${list}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
  apt('update');
  const { status } = apt('install', '-y', '--no-install-recommends', ...names);
  const still = tools.filter((tool) => !tool.has()).map((tool) => tool.package);
  if (status !== 0 || still.length > 0)
    throw new Unusable(
      `apt-get could not install ${(still.length > 0 ? still : names).join(', ')} (see above). Python must be 3.10 or newer.`,
    );
  // Debian starts a registry of its own with the package; nobody asked for that one.
  if (names.includes('docker-registry') && hasSystemd())
    spawnSync('systemctl', ['disable', '--now', '--quiet', 'docker-registry']);
}

function checkDocker() {
  const said = spawnSync('dockerd', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined)
    throw new Unusable(`dockerd --version said: ${said.trim() || 'nothing'}. Reinstall the Docker Engine.`);
  if (Number(major) < DOCKER_MIN[0] || (Number(major) === DOCKER_MIN[0] && Number(minor) < DOCKER_MIN[1]))
    throw new Unusable(
      `Docker ${major}.${minor} is too old: the hosts need ${DOCKER_MIN.join('.')} or newer (apt-get install docker.io).`,
    );
}

function checkDisk() {
  const { bavail, bsize } = statfsSync(PROJECT);
  const free = (bavail * bsize) / 2 ** 30;
  if (free < DISK_MIN_GIB)
    throw new Unusable(
      `Only ${free.toFixed(1)} GiB are free on the disk of ${PROJECT}; images and hosts need ${DISK_MIN_GIB}. ` +
        `Free some space (docker system prune; rm -r ${join(PROJECT, '.berth/cache')}), then run this again.`,
    );
}

/** With systemd, Docker is the machine's service, and stays on. Without it, the cloud runs an engine as long as it lives. */
function startMachinesDocker() {
  if (hasSystemd() && spawnSync('docker', ['version'], { stdio: 'ignore' }).status !== 0)
    spawnSync('systemctl', ['start', 'docker'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function handOver(verb, rest) {
  const node = projectNode();
  const PATH = [dirname(node), join(PROJECT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const options = { stdio: 'inherit', env: { ...process.env, PATH } };
  const args = rest.filter((arg) => arg !== '--no-install');
  if (verb === 'soak') args.unshift('soak');
  // local/start.ts installs it itself, with its progress shown.
  const startsClouds = ['test/run.ts', 'bench/main.ts'].includes(PROGRAMS[verb]);
  if (
    startsClouds &&
    !isHelp(rest) &&
    spawnSync(node, [join(PROJECT, 'local/prepare.ts')], { ...options, stdio: ['ignore', 2, 2] }).status !== 0
  )
    throw new Unusable('The emulator could not be installed (see above).');
  return follow(spawn(node, [join(PROJECT, PROGRAMS[verb]), ...args], options));
}

/** Ends as the child ends, and tells it to: a terminal's Ctrl-C reaches both, a signal to this process alone only one. */
function follow(child) {
  process.on('SIGINT', () => child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(fail(error.message)));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function has(program) {
  return pathFolders().some((folder) => existsSync(join(folder, program)));
}

function pathFolders() {
  return (process.env.PATH ?? '').split(delimiter);
}

/** `ldd` fails for a program that is not linked dynamically; examples/shop/build.sh asks in the same way. */
function hasStaticBusybox() {
  const found = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
  return found !== '' && spawnSync('ldd', [found], { stdio: 'ignore' }).status !== 0;
}

function hasPython() {
  const probe = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  return spawnSync('python3', ['-c', probe], { stdio: 'ignore' }).status === 0;
}

function hasSystemd() {
  return existsSync('/run/systemd/system');
}

function say(text) {
  console.error(text);
}

function fail(text) {
  console.error(text);
  return 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  process.exitCode = fail(error.message);
}
