/** `deploy.resources.reservations.devices`, and what `x-berth.resources` says beside it: GPUs and disk. */
import { gpuShare } from '../contract/rules/placement.ts';
import { shown } from '../contract/rules/rule.ts';
import { GPU_CAPABILITIES, PLACEMENT_LIMITS, type GpuSpec } from '../contract/placement-spec.ts';
import type { ResourcesDocument } from '../contract/x-berth-placement.ts';
import { fieldsOf, integerOf, itemsOf, textOf, type Field, type Notes } from './fields.ts';
import { fieldAt } from './schema-notes.ts';
import { parseByteSize } from './values/byte-size.ts';

export interface DevicesReading {
  /** `deploy.resources.reservations.devices`. */
  readonly devices: Field | undefined;
  /** The value of `x-berth`, and what it says of resources. */
  readonly root: Field | undefined;
  readonly document: ResourcesDocument | undefined;
  readonly notes: Notes;
}

export function readDevices(on: DevicesReading): GpuSpec | undefined {
  const { devices, root, document, notes } = on;
  const [first, second] = itemsOf(devices, notes);
  if (second !== undefined)
    notes.refuse(second, 'is a second kind of device', 'keep one entry, with the `count` of GPUs');
  const share = document?.gpuShare;
  if (first === undefined) {
    if (root !== undefined && share !== undefined)
      notes.refuse(
        fieldAt(root, ['resources', 'gpuShare']),
        'is a share of no GPU',
        'reserve one in `deploy.resources.reservations.devices`',
      );
    return undefined;
  }
  const gpus = readGpus(first, Math.round((share ?? 1) * 100), notes);
  const fault = gpuShare(gpus);
  if (root !== undefined && fault)
    notes.refuse(fieldAt(root, ['resources', 'gpuShare']), fault.message, fault.remedy);
  return gpus;
}

function readGpus(item: Field, sharePercent: number, notes: Notes): GpuSpec {
  const fields = fieldsOf(item, notes);
  const driver = textOf(fields.get('driver'), notes);
  const at = fields.get('driver');
  if (at && driver !== undefined && driver !== 'nvidia')
    notes.refuse(at, `the driver \`${shown(driver)}\` is not supported`, 'write `nvidia`, or leave it out');
  if (item.node.kind === 'map' && !fields.has('count'))
    notes.refuse(
      item,
      'has no `count`, which means all GPUs of whatever host it is; placement has to know how many',
      'write `count: 1`',
    );
  const count = integerOf(fields.get('count'), { min: 1, max: PLACEMENT_LIMITS.gpus }, notes);
  return {
    count: count ?? 1,
    sharePercent,
    driver: 'nvidia',
    capabilities: readCapabilities(item, fields, notes),
  };
}

function readCapabilities(
  item: Field,
  fields: ReadonlyMap<string, Field>,
  notes: Notes,
): GpuSpec['capabilities'] {
  const names = new Set<GpuSpec['capabilities'][number]>();
  for (const one of itemsOf(fields.get('capabilities'), notes)) {
    const text = textOf(one, notes);
    const known = GPU_CAPABILITIES.find((name) => name === text);
    if (known !== undefined) names.add(known);
    else if (text !== undefined)
      notes.refuse(
        one,
        `the capability \`${shown(text)}\` is not supported`,
        `use ${GPU_CAPABILITIES.join(', ')}`,
      );
  }
  if (item.node.kind === 'map' && !names.has('gpu'))
    notes.refuse(
      fields.get('capabilities') ?? item,
      'names no `gpu`, and hosts offer no other devices',
      'write `capabilities: [gpu]`',
    );
  return GPU_CAPABILITIES.filter((name) => names.has(name));
}

/** Bytes of disk. Absent: none are reserved. */
export function readDisk({ root, document, notes }: DevicesReading): number | undefined {
  if (root === undefined || document?.disk === undefined) return undefined;
  const bytes = parseByteSize(document.disk);
  if (bytes !== undefined && bytes <= PLACEMENT_LIMITS.diskBytesMax) return bytes === 0 ? undefined : bytes;
  const at = fieldAt(root, ['resources', 'disk']);
  notes.refuse(at, `\`${shown(document.disk)}\` is no size of a disk`, 'write for example `500m` or `2g`');
  return undefined;
}
