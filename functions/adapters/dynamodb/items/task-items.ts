/** Manifests (what a host shall run) and reports (what it runs) <-> items. */
import { hostId, taskId } from '../../../core/model/ids.ts';
import type { AgentFailure, WantedAgent } from '../../../core/model/agent.ts';
import type { HostImage } from '../../../core/model/placement.ts';
import type {
  Assignment,
  HostManifest,
  HostReport,
  PortBinding,
  TaskHealth,
  TaskPhase,
  TaskReport,
  WantedState,
} from '../../../core/model/task.ts';
import { hostKey } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';

export const fromManifest = (manifest: HostManifest, version: number): Item & Key => ({
  ...manifest,
  ...hostKey('MANIFEST', manifest.host),
  version,
});

export const toManifest = (item: Item): HostManifest => {
  const fields = fieldsOf(item);
  return {
    host: hostId(fields.text('host')),
    generation: fields.number('generation'),
    assignments: fields.list('assignments', toAssignment),
    agent: fields.has('agent') ? toWantedAgent(fields.object('agent')) : null,
    version: fields.number('version'),
  };
};

/** What a manifest that cannot be read still says of whose tasks it holds. */
export const servicesNamed = ({ assignments }: Item): string[] =>
  (Array.isArray(assignments) ? (assignments as unknown[]) : []).flatMap((one) => {
    const { stack, service } = ((typeof one === 'object' ? one : null) ?? {}) as Item;
    return typeof stack === 'string' && typeof service === 'string' ? [`${stack}/${service}`] : [];
  });

const toAssignment = (fields: Fields): Assignment => ({
  task: taskId(fields.text('task')),
  stack: fields.text('stack'),
  service: fields.text('service'),
  slot: fields.number('slot'),
  revision: fields.number('revision'),
  digest: fields.text('digest'),
  wanted: fields.text('wanted') as WantedState,
  ports: fields.list('ports', toPort),
  cpuMillis: fields.number('cpuMillis'),
  memoryBytes: fields.number('memoryBytes'),
  pids: fields.number('pids'),
  ...(fields.has('diskBytes') ? { diskBytes: fields.number('diskBytes') } : {}),
  ...(fields.has('gpus')
    ? { gpus: fields.texts('gpus'), gpuSharePercent: fields.number('gpuSharePercent', 100) }
    : {}),
  ...(fields.has('priority') ? { priority: fields.number('priority') } : {}),
  createdAtMs: fields.number('createdAtMs'),
  wantedAtMs: fields.number('wantedAtMs'),
  reason: fields.text('reason', ''),
  ...(fields.has('leavesFor') ? { leavesFor: fields.texts('leavesFor') } : {}),
});

const toWantedAgent = (fields: Fields): WantedAgent => ({
  version: fields.text('version'),
  request: fields.number('request'),
  trialMs: fields.number('trialMs'),
  archive: fields.has('archive') ? toArchive(fields.object('archive')) : null,
  from: fields.text('from'),
  askedAtMs: fields.number('askedAtMs'),
});

const toArchive = (fields: Fields): NonNullable<WantedAgent['archive']> => ({
  bucket: fields.text('bucket'),
  key: fields.text('key'),
  sha256: fields.text('sha256'),
});

const toPort = (fields: Fields): PortBinding => ({
  name: fields.text('name'),
  container: fields.number('container'),
  protocol: fields.text('protocol') as PortBinding['protocol'],
  host: fields.number('host'),
});

export const fromReport = ({ images, ...report }: HostReport, version: number): Item & Key => ({
  ...report,
  // One text an image: a list of maps would take three times as much.
  ...(images === undefined ? {} : { images: images.map(fromImage) }),
  ...hostKey('REPORT', report.host),
  version,
});

export const toReport = (item: Item): HostReport => {
  const fields = fieldsOf(item);
  return {
    host: hostId(fields.text('host')),
    bootId: fields.text('bootId'),
    seq: fields.number('seq'),
    generation: fields.number('generation'),
    dockerAnswers: fields.flag('dockerAnswers', true),
    dockerSilentSinceMs: fields.numberOrNull('dockerSilentSinceMs'),
    tasks: fields.list('tasks', toTaskReport),
    agentVersion: fields.textOrNull('agentVersion'),
    agentSinceMs: fields.numberOrNull('agentSinceMs'),
    agentFailure: fields.has('agentFailure') ? toAgentFailure(fields.object('agentFailure')) : null,
    ...(fields.has('images') ? { images: fields.texts('images').map(toImage) } : {}),
    receivedAtMs: fields.number('receivedAtMs'),
    version: fields.number('version'),
  };
};

/** `shop-web:latest 0123456789ab:1000 ...` */
const fromImage = ({ image, layers }: HostImage): string =>
  [image, ...layers.map(({ id, bytes }) => `${id}:${bytes}`)].join(' ');

function toImage(text: string): HostImage {
  const [image = '', ...layers] = text.split(' ');
  return {
    image,
    layers: layers.map((layer) => {
      const [id = '', bytes = '0'] = layer.split(':');
      return { id, bytes: Number(bytes) };
    }),
  };
}

const toTaskReport = (fields: Fields): TaskReport => ({
  task: taskId(fields.text('task')),
  phase: fields.text('phase') as TaskPhase,
  health: fields.text('health') as TaskHealth,
  attempt: fields.number('attempt', 1),
  ...(fields.has('exitCode') ? { exitCode: fields.number('exitCode') } : {}),
  ...(fields.has('healthyTime') ? { healthyTime: fields.number('healthyTime') } : {}),
  ...(fields.has('healthySinceMs') ? { healthySinceMs: fields.number('healthySinceMs') } : {}),
  ...(fields.has('reason') ? { reason: toReason(fields.object('reason')) } : {}),
});

const toAgentFailure = (fields: Fields): AgentFailure => ({
  version: fields.text('version'),
  request: fields.number('request'),
  final: fields.flag('final', false),
  reason: fields.text('reason', ''),
});

const toReason = (fields: Fields): { code: string; message: string } => ({
  code: fields.text('code'),
  message: fields.text('message', ''),
});
