/** One service of a document -> its spec, with every default filled in. */
import { parseCapability } from '../contract/rules/capabilities.ts';
import { shown, type Rule } from '../contract/rules/rule.ts';
import { differentNames } from '../contract/rules/services.ts';
import {
  capability,
  imageName,
  mountOptions,
  mountPath,
  noUser,
  stopSignal,
  userName,
  workingDir,
} from '../contract/rules/texts.ts';
import {
  DEFAULT_STOP_GRACE_MS,
  STOP_GRACE_MAX_MS,
  type RestartSpec,
  type ServiceSpec,
} from '../contract/stack-spec.ts';
import { assumedResources, readDeploy } from './deploy.ts';
import { readDevices, readDisk } from './devices.ts';
import {
  booleanOf,
  boundedTextOf,
  defined,
  fieldsOf,
  itemsOf,
  keeps,
  keyOf,
  sortedRecord,
  textOf,
  type Field,
  type Notes,
} from './fields.ts';
import { readHealthcheck } from './healthcheck.ts';
import { readEnvironment, readLabels } from './pairs.ts';
import { readPlacement } from './placement.ts';
import { readPorts } from './ports.ts';
import { readCommand, readDuration } from './scalars.ts';
import { readXBerth } from './x-berth.ts';

const PLATFORMS = new Map<string, NonNullable<ServiceSpec['platform']>>([
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/arm64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/aarch64', 'linux/arm64'],
]);

/** `image` is '' if there is none: the document is refused then. `services`: names of all of the file. */
export function readService(service: Field, services: ReadonlySet<string>, notes: Notes): ServiceSpec {
  const fields = fieldsOf(service, notes);
  const field = (name: string) => fields.get(name);
  if (service.node.kind === 'map' && !fields.has('image')) {
    notes.refuse(
      keyOf(service),
      'has no `image`',
      'name the image; build and push it first if it is your own',
    );
  }
  const ports = readPorts(field('ports'), notes);
  const assumed = assumedResources(field('deploy'));
  const own = readXBerth(field('x-berth'), { ports, notes, assumed });
  const { autoscale } = own;
  const where = readWhere(fields, { services, own, notes });
  if (autoscale)
    warnOfStart(fieldsOf(field('deploy'), notes).get('replicas'), where.replicas, autoscale, notes);
  return defined({
    image: readImage(field('image'), notes) ?? '',
    command: readCommand(field('command'), notes),
    entrypoint: readCommand(field('entrypoint'), notes),
    environment: readEnvironment(field('environment'), notes),
    labels: readLabels(field('labels'), notes),
    ports,
    healthcheck: readHealthcheck(field('healthcheck'), notes),
    health: own.health,
    autoscale,
    restart: readRestart(field('restart'), notes),
    stopGraceMs: readStopGrace(field('stop_grace_period'), notes),
    stopSignal: readStopSignal(field('stop_signal'), notes),
    user: readUser(field('user'), notes),
    workingDir: readWorkingDir(field('working_dir'), notes),
    readOnly: booleanOf(field('read_only'), notes) ?? false,
    tmpfs: readTmpfs(field('tmpfs'), notes),
    capAdd: readCapabilities(field('cap_add'), notes),
    capDrop: readCapabilities(field('cap_drop'), notes),
    init: booleanOf(field('init'), notes) ?? false,
    ...where,
    replicas: where.replicas ?? autoscale?.min ?? 1,
    platform: readPlatform(field('platform'), notes),
  });
}

/** `deploy.replicas` is the number to begin with, and bounds hold from the beginning. */
function warnOfStart(
  field: Field | undefined,
  replicas: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  notes: Notes,
): void {
  if (!field || replicas === undefined || (replicas >= min && replicas <= max)) return;
  const kept = Math.min(max, Math.max(min, replicas));
  notes.warn(
    field,
    `is outside of \`x-berth.autoscale\` (${min} to ${max}): the service begins with ${kept}`,
    `write ${kept}, or leave it out to begin with min`,
  );
}

/** `deploy`, and what `x-berth` adds to it. */
function readWhere(
  fields: ReadonlyMap<string, Field>,
  on: {
    readonly services: ReadonlySet<string>;
    readonly own: ReturnType<typeof readXBerth>;
    readonly notes: Notes;
  },
): Omit<ReturnType<typeof readDeploy>, 'placement' | 'devices'> & Pick<ServiceSpec, 'placement'> {
  const { own, notes } = on;
  const root = fields.get('x-berth');
  const { placement, devices, resources, ...deploy } = readDeploy(fields.get('deploy'), notes);
  const reserved = { devices, root, document: own.resources, notes };
  return defined({
    ...deploy,
    resources: defined({
      ...resources,
      reservedDiskBytes: readDisk(reserved),
      gpus: readDevices(reserved),
    }),
    placement: readPlacement({
      deploy: placement,
      root,
      document: own.placement,
      services: on.services,
      notes,
    }),
  });
}

function readImage(field: Field | undefined, notes: Notes): string | undefined {
  const image = boundedTextOf(field, 1024, notes);
  if (!field || image === undefined || keeps(imageName, image, field, notes)) return image;
  return undefined;
}

/** Absent: `always`. An orchestrator keeps what was asked for running; who wants one run says `"no"`. */
function readRestart(field: Field | undefined, notes: Notes): RestartSpec {
  const always = { policy: 'always' } as const;
  const word = textOf(field, notes);
  if (word === undefined || !field) return always;
  if (word === 'no' || word === 'always' || word === 'unless-stopped' || word === 'on-failure')
    return { policy: word };
  const retries = /^on-failure:([0-9]{1,6})$/.exec(word);
  if (retries) return { policy: 'on-failure', maxRetries: Number(retries[1]) };
  const remedy = 'write `always`, `unless-stopped`, `on-failure`, `on-failure:5` or `"no"`';
  notes.refuse(field, `\`${shown(word)}\` is no restart policy`, remedy);
  return always;
}

function readStopGrace(field: Field | undefined, notes: Notes): number {
  const ms = readDuration(field, notes) ?? DEFAULT_STOP_GRACE_MS;
  if (field && ms > STOP_GRACE_MAX_MS) notes.refuse(field, 'is longer than an hour', 'write at most `1h`');
  return ms;
}

function readStopSignal(field: Field | undefined, notes: Notes): string | undefined {
  const signal = boundedTextOf(field, 20, notes);
  if (!field || signal === undefined || keeps(stopSignal, signal, field, notes)) return signal;
  return undefined;
}

function readUser(field: Field | undefined, notes: Notes): string | undefined {
  if (!field) return undefined;
  const { node } = field;
  // The schema wants a text, but `user: 1000` leaves no doubt.
  const id = node.kind === 'scalar' && typeof node.value === 'number' ? node.source : undefined;
  const user = id ?? boundedTextOf(field, 255, notes);
  // `010` is another user to other readers of YAML.
  const rule = id === undefined || /^(?:0|[1-9][0-9]*)$/.test(id) ? userName : noUser;
  return user === undefined || keeps(rule, user, field, notes) ? user : undefined;
}

function readWorkingDir(field: Field | undefined, notes: Notes): string | undefined {
  const path = boundedTextOf(field, 4096, notes);
  if (!field || path === undefined || keeps(workingDir, path, field, notes)) return path;
  return undefined;
}

/** A text or a list, of `path` or `path:options`. */
function readTmpfs(field: Field | undefined, notes: Notes): Record<string, string> {
  const items = field?.node.kind === 'list' ? itemsOf(field, notes) : field ? [field] : [];
  const mounts = new Map<string, string>();
  for (const item of items) {
    const text = boundedTextOf(item, 4096, notes);
    if (text === undefined) continue;
    const [path = '', options = ''] = text.split(/:(.*)/s);
    if (!keeps(mountPath, path, item, notes) || !keeps(mountOptions, options, item, notes)) continue;
    if (options.length > 255) notes.refuse(item, 'has options of more than 255 characters', 'shorten them');
    else if (mounts.has(path)) notes.refuse(item, `\`${shown(path)}\` is mounted twice`, 'keep one of them');
    else mounts.set(path, options);
  }
  return sortedRecord(mounts);
}

function readCapabilities(field: Field | undefined, notes: Notes): string[] {
  const names: string[] = [];
  for (const item of itemsOf(field, notes)) {
    const text = textOf(item, notes);
    if (text === undefined) continue;
    const name = parseCapability(text) ?? text;
    const fits: Rule<string> = (one) => capability(one) ?? differentNames([...names, one]);
    if (keeps(fits, name, item, notes)) names.push(name);
  }
  return names;
}

function readPlatform(field: Field | undefined, notes: Notes): ServiceSpec['platform'] {
  const text = textOf(field, notes);
  if (text === undefined || !field) return undefined;
  const platform = PLATFORMS.get(text);
  if (!platform) {
    notes.refuse(
      field,
      `the platform \`${shown(text)}\` is not supported`,
      'write `linux/amd64` or `linux/arm64`',
    );
  }
  return platform;
}
