/** The command line of `berth simulate`, read and checked. */
import { parseByteSize } from '../../compose/values/byte-size.ts';
import { parseCpuMillis } from '../../compose/values/cpus.ts';
import { badInput } from '../cli-error.ts';
import { parseDurationMs } from '../duration.ts';

export interface SimulateOptions {
  readonly file?: string;
  readonly name?: string;
  readonly trace: string;
  readonly service?: string;
  readonly capacity: string;
  readonly startUp: string;
  readonly hostCpu?: string;
  readonly hostMemory?: string;
  readonly hostStartUp: string;
  readonly hostsMax?: string;
  readonly hostPrice?: string;
  readonly svg?: string;
  readonly json?: boolean;
}

export interface Circumstances {
  readonly capacity: number;
  readonly startUpSeconds: number;
  readonly hostCpuMillis: number | undefined;
  readonly hostMemoryBytes: number | undefined;
  readonly hostStartUpSeconds: number;
  readonly hostsMax: number | undefined;
  readonly hostPrice: number | null;
}

/** @throws CliError exit 2, naming the option. */
export function circumstancesOf(options: SimulateOptions): Circumstances {
  const { hostCpu, hostMemory, hostsMax, hostPrice } = options;
  return {
    capacity: numberOf('--capacity', options.capacity, { above: 0 }),
    startUpSeconds: Math.ceil(parseDurationMs(options.startUp) / 1000),
    hostCpuMillis: hostCpu === undefined ? undefined : parsed('--host-cpu', hostCpu, parseCpuMillis, '2'),
    hostMemoryBytes:
      hostMemory === undefined ? undefined : parsed('--host-memory', hostMemory, parseByteSize, '4g'),
    hostStartUpSeconds: Math.ceil(parseDurationMs(options.hostStartUp) / 1000),
    hostsMax: hostsMax === undefined ? undefined : wholeOf('--hosts-max', hostsMax),
    hostPrice: hostPrice === undefined ? null : numberOf('--host-price', hostPrice, { above: -1e-9 }),
  };
}

function numberOf(name: string, text: string, { above }: { readonly above: number }): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(value) && value > above) return value;
  throw badInput(`${name}: "${text}" is no number ${above < 0 ? 'from 0 on' : `above ${String(above)}`}`);
}

function wholeOf(name: string, text: string): number {
  const value = numberOf(name, text, { above: 0 });
  if (Number.isInteger(value)) return value;
  throw badInput(`${name}: "${text}" is no whole number`);
}

function parsed(
  name: string,
  text: string,
  parse: (text: string) => number | undefined,
  example: string,
): number {
  const value = parse(text);
  if (value !== undefined && value > 0) return value;
  throw badInput(`${name}: "${text}" is no size`, `write for example ${example}`);
}
