/** `deploy`: how many replicas, with what, and where. */
import {
  DEFAULT_PIDS_LIMIT,
  DEFAULT_RESERVATION,
  LEAST_LIMIT,
  PIDS_MAX,
  STACK_LIMITS,
  type ResourcesSpec,
  type ServiceSpec,
} from '../contract/stack-spec.ts';
import { shown } from '../contract/rules/rule.ts';
import { reservation } from '../contract/rules/services.ts';
import {
  defined,
  fieldsOf,
  integerOf,
  isNull,
  keeps,
  textOf,
  type Field,
  type Fields,
  type Notes,
} from './fields.ts';
import { readByteSize, readCpuMillis } from './scalars.ts';

export function readDeploy(
  field: Field | undefined,
  notes: Notes,
): Pick<ServiceSpec, 'resources' | 'maxReplicasPerHost'> & {
  readonly replicas?: number;
  /** Parts that are read together with `x-berth`. */
  readonly placement?: Field;
  readonly devices?: Field;
} {
  const fields = fieldsOf(field && isNull(field) ? undefined : field, notes);
  const mode = fields.get('mode');
  const word = textOf(mode, notes);
  if (mode && word !== undefined && word !== 'replicated') {
    notes.refuse(
      mode,
      `the mode \`${shown(word)}\` is not supported`,
      'write `replicated`, and the number in `replicas`',
    );
  }
  const perHost = fieldsOf(fields.get('placement'), notes).get('max_replicas_per_node');
  const resources = fieldsOf(fields.get('resources'), notes);
  return defined({
    replicas: integerOf(fields.get('replicas'), { min: 0, max: STACK_LIMITS.replicas }, notes),
    resources: readResources(resources, notes),
    // 0 is Swarm's word for no limit.
    maxReplicasPerHost: integerOf(perHost, { min: 0, max: STACK_LIMITS.replicas }, notes) || undefined,
    placement: fields.get('placement'),
    devices: fieldsOf(resources.get('reservations'), notes).get('devices'),
  });
}

/**
 * Of which resources the document names neither a reservation nor a limit: what is reserved for them is assumed, and an
 * autoscale target measures the host's share instead (`of: 'host-share'`). Makes no notes: `readDeploy` does.
 */
export function assumedResources(deploy: Field | undefined): {
  readonly cpu: boolean;
  readonly memory: boolean;
} {
  const nothing = (): void => undefined;
  const silent: Notes = { refuse: nothing, refuseUnknown: nothing, warn: nothing };
  const resources = fieldsOf(fieldsOf(deploy, silent).get('resources'), silent);
  const limits = fieldsOf(resources.get('limits'), silent);
  const reservations = fieldsOf(resources.get('reservations'), silent);
  const isNamed = (name: string, read: typeof readCpuMillis): boolean =>
    read(reservations.get(name), silent) !== undefined || (read(limits.get(name), silent) ?? 0) > 0;
  return { cpu: !isNamed('cpus', readCpuMillis), memory: !isNamed('memory', readByteSize) };
}

function readResources(fields: Fields, notes: Notes): ResourcesSpec {
  const limits = fieldsOf(fields.get('limits'), notes);
  const reservations = fieldsOf(fields.get('reservations'), notes);
  // 0 is Docker's word for no limit.
  const limitCpuMillis = readCpuMillis(limits.get('cpus'), notes) || undefined;
  const limitMemoryBytes = readByteSize(limits.get('memory'), notes) || undefined;
  const reservedCpuMillis = readCpuMillis(reservations.get('cpus'), notes);
  const reservedMemoryBytes = readByteSize(reservations.get('memory'), notes);
  atLeast(limits.get('cpus'), limitCpuMillis, LEAST_LIMIT.cpuMillis, '0.01 CPUs', notes);
  atLeast(limits.get('memory'), limitMemoryBytes, LEAST_LIMIT.memoryBytes, '6 MiB', notes);
  within(reservations.get('cpus'), reservedCpuMillis, limitCpuMillis, notes);
  within(reservations.get('memory'), reservedMemoryBytes, limitMemoryBytes, notes);
  return defined({
    reservedCpuMillis: reservedCpuMillis ?? limitCpuMillis ?? DEFAULT_RESERVATION.cpuMillis,
    reservedMemoryBytes: reservedMemoryBytes ?? limitMemoryBytes ?? DEFAULT_RESERVATION.memoryBytes,
    limitCpuMillis,
    limitMemoryBytes,
    limitPids: integerOf(limits.get('pids'), { min: 1, max: PIDS_MAX }, notes) ?? DEFAULT_PIDS_LIMIT,
  });
}

function atLeast(
  field: Field | undefined,
  value: number | undefined,
  least: number,
  words: string,
  notes: Notes,
): void {
  if (field && value !== undefined && value < least) {
    notes.refuse(
      field,
      `is less than Docker’s least limit, ${words}`,
      `write at least ${words}, or leave it out`,
    );
  }
}

function within(
  field: Field | undefined,
  reserved: number | undefined,
  limit: number | undefined,
  notes: Notes,
): void {
  if (field && reserved !== undefined)
    keeps((value: number) => reservation(value, limit), reserved, field, notes);
}
