/** Rules of single texts: images, users, paths, names of variables and labels. */
import { parseCapability } from './capabilities.ts';
import { shown, type Fault, type Rule } from './rule.ts';
import { isSignal } from './signals.ts';
import { isTmpfsOption } from './tmpfs-options.ts';

/** Arguments, variables and names end at a NUL, and half of a surrogate pair has no UTF-8 form. */
export const givable: Rule<string> = (text) =>
  text.includes('\0') || !text.isWellFormed()
    ? {
        message: 'the text contains a character that no program can be given',
        remedy: 'remove the NUL, or the half of a surrogate pair',
      }
    : undefined;

/** One label of RFC 1123: lower-case letters, digits and inner hyphens, at most 63 characters. */
export const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Replicas are DNS labels, too: `web-1000` has five characters more than `web`. */
export const SERVICE_NAME_MAX = 58;

export const serviceName: Rule<string> = (name) => {
  if (!DNS_LABEL.test(name))
    return {
      message: `the service name \`${shown(name)}\` is no DNS label`,
      remedy: 'use lower-case letters, digits and inner hyphens, at most 58 characters',
    };
  if (name.length <= SERVICE_NAME_MAX) return undefined;
  return {
    message: `the service name has ${name.length} characters, and its replicas (\`-1\` to \`-1000\`) are DNS labels of at most 63`,
    remedy: `use at most ${SERVICE_NAME_MAX}`,
  };
};

/** Shape of an image reference (distribution/reference, grammar at the head of its package); case as Docker wants it. */
const IMAGE =
  /^((?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::([0-9]+))?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}))?$/;
/** Without tag and digest (distribution/reference, NameTotalLengthMax). */
const IMAGE_NAME_MAX = 255;
/** Docker takes 64 hexadecimal digits for the id of an image. */
const IMAGE_ID = /^[a-f0-9]{64}$/;

export const imageName: Rule<string> = (image) => {
  const [, name = '', port = '1'] = IMAGE.exec(image) ?? [];
  const portFits = Number(port) >= 1 && Number(port) <= 65_535;
  if (name !== '' && name.length <= IMAGE_NAME_MAX && portFits && !IMAGE_ID.test(name)) return undefined;
  return {
    message: `\`${shown(image)}\` is no image name`,
    remedy: 'write for example `shop-web`, `nginx:1.27` or `NAME@sha256:` and 64 hexadecimal digits',
  };
};

export const stopSignal: Rule<string> = (signal) =>
  isSignal(signal)
    ? undefined
    : {
        message: `\`${shown(signal)}\` is no signal of Linux`,
        remedy: 'write for example `SIGTERM` or `SIGQUIT`',
      };

export const userName: Rule<string> = (user) =>
  /^[^\s:,=\p{Cc}]+(?::[^\s:,=\p{Cc}]+)?$/u.test(user) ? undefined : noUser(user);
export const noUser = (user: string): Fault => ({
  message: `\`${shown(user)}\` is no user`,
  remedy: 'write `name`, `uid`, `name:group` or `uid:gid`',
});

export const workingDir: Rule<string> = (path) =>
  path.startsWith('/')
    ? undefined
    : { message: 'must be an absolute path', remedy: `write \`/${shown(path)}\`` };

/** A container's own file system stays where it is: `/`, also as `//` or `/a/..`, is no mount point. */
export const mountPath: Rule<string> = (path) =>
  path.startsWith('/') && /[^/]/.test(path) && !path.split('/').some((part) => part === '.' || part === '..')
    ? undefined
    : { message: 'must begin with an absolute path', remedy: 'write for example `/run:size=64m`' };

export const mountOptions: Rule<string> = (options) => {
  const unknown = options.split(',').find((option) => option !== '' && !isTmpfsOption(option));
  return unknown === undefined
    ? undefined
    : {
        message: `\`${shown(unknown)}\` is no mount option of tmpfs`,
        remedy: 'write for example `size=64m,mode=1777`',
      };
};

/** As the spec writes it: capitals, without `CAP_`. */
export const capability: Rule<string> = (text) => {
  const name = parseCapability(text);
  if (name === undefined)
    return {
      message: `\`${shown(text)}\` is no capability of Linux`,
      remedy: 'write for example `NET_ADMIN`',
    };
  return name === text
    ? undefined
    : { message: `\`${text}\` is not how a spec names it`, remedy: `write \`${name}\`` };
};

export const variableName: Rule<string> = (name) => {
  if (name === '') return { message: 'has no name', remedy: 'write KEY=value' };
  if (/\p{Cc}/u.test(name))
    return { message: 'the name holds a control character, such as a line break', remedy: 'remove it' };
  if (/\s$/.test(name))
    return { message: `the name \`${shown(name)}\` ends in a blank`, remedy: 'remove the blank' };
  if (name.includes('='))
    return { message: `the name \`${shown(name)}\` holds \`=\``, remedy: 'write KEY: value' };
  return name === '__proto__'
    ? { message: 'this name cannot be stored', remedy: 'use another name' }
    : undefined;
};

/** Says of a container that its replica is not to be taken away for lack of load; the one of ours that is given by users. */
export const PROTECT_LABEL = 'berth.protect';

/** `berth.` marks the containers that the agent may touch. */
export const labelName: Rule<string> = (name) =>
  name.startsWith('berth.') && name !== PROTECT_LABEL
    ? { message: 'labels that begin with `berth.` are Berth’s own', remedy: 'use another name' }
    : variableName(name);
