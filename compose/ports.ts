/** `ports`: which ports of the container get a host port and an SRV record, and under which name. */
import { PORT_NAME } from '../contract/names.ts';
import { shown, type Rule } from '../contract/rules/rule.ts';
import { doubledPort } from '../contract/rules/services.ts';
import { STACK_LIMITS, type PortSpec } from '../contract/stack-spec.ts';
import {
  boundedTextOf,
  defined,
  fieldsOf,
  integerOf,
  isPlainNumber,
  itemsOf,
  keeps,
  mustBe,
  NOT_PLAIN,
  textOf,
  type Field,
  type Notes,
} from './fields.ts';

const PORT = { min: 1, max: 65_535 };
type Protocol = PortSpec['protocol'];

export function readPorts(field: Field | undefined, notes: Notes): PortSpec[] {
  const ports: PortSpec[] = [];
  for (const item of itemsOf(field, notes)) {
    for (const port of readItem(item, notes)) {
      const differs: Rule<PortSpec> = (one) => doubledPort(one, ports);
      if (keeps(differs, port, item, notes)) ports.push(port);
    }
    if (ports.length > STACK_LIMITS.portsPerService) {
      const limit = `at most ${STACK_LIMITS.portsPerService} ports of a service are allowed`;
      notes.refuse(item, limit, 'split the service');
      break;
    }
  }
  return ports;
}

function readItem(item: Field, notes: Notes): PortSpec[] {
  if (item.node.kind === 'map') return readLong(item, notes);
  if (item.node.kind === 'list' || item.node.value === null || typeof item.node.value === 'boolean') {
    mustBe(item, 'a port', notes);
    return [];
  }
  if (!isPlainNumber(item.node)) {
    notes.refuse(item, NOT_PLAIN, 'write it in plain decimal digits');
    return [];
  }
  return readShort(item, typeof item.node.value === 'number' ? item.node.source : item.node.value, notes);
}

/** `80`, `80/udp`, `8000-8005`; with a host port (`8080:80`) it is refused, as host ports are Berth's choice. */
function readShort(item: Field, text: string, notes: Notes): PortSpec[] {
  const [, host, first, last, word = 'tcp'] =
    /^(.*:)?([0-9]{1,5})(?:-([0-9]{1,5}))?(?:\/([A-Za-z]+))?$/.exec(text) ?? [];
  if (first === undefined) {
    notes.refuse(
      item,
      `\`${shown(text)}\` is no port`,
      'write the container’s port, such as "80" or "53/udp"',
    );
    return [];
  }
  const ports = last === undefined ? first : `${first}-${last}`;
  const short = word === 'tcp' ? ports : `${ports}/${word}`;
  if (host !== undefined) {
    const message = `\`${shown(text)}\` asks for a host port, and host ports are chosen by Berth`;
    notes.refuse(item, message, `write "${short}", and find the host port by the SRV record`);
    return [];
  }
  const protocol = protocolOf(item, word.toLowerCase(), notes);
  const [from, to] = [Number(first), Number(last ?? first)];
  if (from < PORT.min || to > PORT.max || from > to) {
    notes.refuse(
      item,
      `\`${shown(text)}\` is no port between ${PORT.min} and ${PORT.max}`,
      'write a port in this range',
    );
    return [];
  }
  // One more than allowed is enough to refuse a range that is too long.
  const count = Math.min(to - from, STACK_LIMITS.portsPerService) + 1;
  if (protocol === undefined) return [];
  return Array.from({ length: count }, (_, i) => ({ name: String(from + i), container: from + i, protocol }));
}

function readLong(item: Field, notes: Notes): PortSpec[] {
  const fields = fieldsOf(item, notes);
  const target = fields.get('target');
  if (!target) notes.refuse(item, 'has no `target`', 'write `target:` and the port inside the container');
  const container = integerOf(target, PORT, notes);
  const protocolField = fields.get('protocol');
  const protocol = protocolField ? protocolOf(protocolField, textOf(protocolField, notes), notes) : 'tcp';
  const appProtocol = boundedTextOf(fields.get('app_protocol'), 63, notes);
  const name = nameOf(fields, container, notes);
  if (container === undefined || protocol === undefined || name === undefined) return [];
  return [defined({ name, container, protocol, appProtocol })];
}

function protocolOf(at: Field, word: string | undefined, notes: Notes): Protocol | undefined {
  if (word === undefined || word === 'tcp' || word === 'udp') return word;
  notes.refuse(at, `the protocol \`${shown(word)}\` is not supported`, 'write `tcp` or `udp`');
  return undefined;
}

/** The port's `name`, else its `app_protocol`, else its number: `_NAME` of the SRV record. */
function nameOf(
  fields: ReturnType<typeof fieldsOf>,
  container: number | undefined,
  notes: Notes,
): string | undefined {
  const field = fields.get('name') ?? fields.get('app_protocol');
  if (!field) return container === undefined ? undefined : String(container);
  const name = textOf(field, notes);
  if (name === undefined || PORT_NAME.test(name)) return name;
  const rule = '1 to 15 lower-case letters, digits and inner hyphens (RFC 6335)';
  const remedy = fields.has('name') ? 'rename it' : 'give the port a `name`';
  notes.refuse(field, `\`${shown(name)}\` cannot be the name of an SRV record: ${rule}`, remedy);
  return undefined;
}
