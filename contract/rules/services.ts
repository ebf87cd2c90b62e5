/** Rules about values that must fit each other. */
import type { Fault, Rule } from './rule.ts';

interface Port {
  readonly name: string;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
}

/** A port beside those before it: each its own, and each its own SRV record. */
export function doubledPort(port: Port, before: readonly Port[]): Fault | undefined {
  const same = before.filter(({ protocol }) => protocol === port.protocol);
  if (same.some(({ container }) => container === port.container))
    return {
      message: `port ${port.container}/${port.protocol} is in the list twice`,
      remedy: 'keep one of them',
    };
  if (same.some(({ name }) => name === port.name))
    return {
      message: `two ports would share the SRV record \`_${port.name}._${port.protocol}\``,
      remedy: 'give each a `name`',
    };
  return undefined;
}

export const differentPorts: Rule<readonly Port[]> = (ports) =>
  firstFault(ports, (port, index) => doubledPort(port, ports.slice(0, index)));

export const differentNames: Rule<readonly string[]> = (names) =>
  firstFault(names, (name, index) =>
    names.indexOf(name) < index
      ? { message: `\`${name}\` is in the list twice`, remedy: 'keep one of them' }
      : undefined,
  );

function firstFault<Item>(
  items: readonly Item[],
  faultOf: (item: Item, index: number) => Fault | undefined,
): Fault | undefined {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, index);
    if (fault) return { ...fault, path: [index] };
  }
  return undefined;
}

/** As in Docker's API. */
export const healthTest: Rule<readonly string[]> = ([kind, ...rest]) =>
  kind === 'NONE' ? fits(rest.length === 0) : fits(/^CMD(?:-SHELL)?$/.test(kind ?? '') && rest.length > 0);

export const healthcheck: Rule<{ readonly test: readonly string[] }> = ({ test }) => {
  const fault = healthTest(test);
  return fault && { ...fault, path: ['test'] };
};

const fits = (fit: boolean): Fault | undefined =>
  fit
    ? undefined
    : {
        message: 'must begin with CMD or CMD-SHELL and go on with a command, or be NONE alone',
        remedy: 'write for example ["CMD", "curl", "-f", "http://localhost"]',
      };

export const restart: Rule<{ readonly policy: string; readonly maxRetries?: number | undefined }> = ({
  policy,
  maxRetries,
}) =>
  maxRetries === undefined || policy === 'on-failure'
    ? undefined
    : {
        message: `a number of retries means nothing with \`${policy}\``,
        remedy: 'leave it out, or restart `on-failure`',
        path: ['maxRetries'],
      };

interface Resources {
  readonly reservedCpuMillis: number;
  readonly reservedMemoryBytes: number;
  readonly limitCpuMillis?: number | undefined;
  readonly limitMemoryBytes?: number | undefined;
}

/** Of one resource. */
export const reservation = (reserved: number, limit: number | undefined): Fault | undefined =>
  limit === undefined || reserved <= limit
    ? undefined
    : {
        message: 'reserves more than the limit allows to use',
        remedy: 'raise the limit, or reserve less',
      };

export const reservations: Rule<Resources> = (of) => {
  const cpu = reservation(of.reservedCpuMillis, of.limitCpuMillis);
  if (cpu) return { ...cpu, path: ['reservedCpuMillis'] };
  const memory = reservation(of.reservedMemoryBytes, of.limitMemoryBytes);
  return memory && { ...memory, path: ['reservedMemoryBytes'] };
};
