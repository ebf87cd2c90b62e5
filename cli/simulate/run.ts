/** From a stack spec and a load to a simulated service. The one place of the command line that decides as the cluster does. */
import type { ServiceSpec, StackSpec } from '../../contract/stack-spec.ts';
import {
  DEFAULT_HOST,
  HOSTS_MAX,
  isSimulated,
  LOOK_SECONDS,
  simulateService,
} from '../../functions/core/simulation/simulate-service.ts';
import type { Replayed } from '../../functions/core/simulation/replay.ts';
import { badInput } from '../cli-error.ts';
import type { Circumstances } from './options.ts';
import { costOf, type Shown } from './show.ts';
import type { Trace } from './trace.ts';

export interface Simulation {
  readonly shown: Shown;
  readonly replayed: Replayed;
  /** What `--json` writes. */
  readonly data: unknown;
}

/** @throws CliError exit 2: no such service, or one that cannot be simulated. */
export function runSimulation(
  stack: StackSpec,
  named: string | undefined,
  trace: Trace,
  given: Circumstances,
): Simulation {
  const { name, spec, autoscale } = chosen(stack, named);
  if (!autoscale.targets.some(isSimulated))
    throw badInput(
      `the service ${name} has a target on memory only, which no load tells anything of`,
      'add a target on cpu or on a metric',
    );
  const host = {
    cpuMillis: given.hostCpuMillis ?? DEFAULT_HOST.cpuMillis,
    memoryBytes: given.hostMemoryBytes ?? DEFAULT_HOST.memoryBytes,
    startUpSeconds: given.hostStartUpSeconds,
    hostsMax: given.hostsMax ?? HOSTS_MAX,
  };
  const { capacity, startUpSeconds, hostPrice } = given;
  const { load, startMs, time } = trace;
  const replayed = simulateService({
    stack: stack.name,
    service: name,
    spec,
    autoscale,
    load,
    startMs,
    capacity,
    startUpSeconds,
    host,
  });
  const remarks = remarksOf(spec, replayed);
  const { totals, frames } = replayed;
  return {
    shown: { stack: stack.name, service: name, startMs, time, hostPrice, remarks },
    replayed,
    data: {
      stack: stack.name,
      service: name,
      autoscale,
      capacity,
      startUpSeconds,
      lookSeconds: LOOK_SECONDS,
      host: { ...host, pricePerHour: hostPrice },
      startMs,
      remarks,
      totals: { ...totals, cost: hostPrice === null ? null : costOf(totals, hostPrice) },
      frames,
    },
  };
}

interface Chosen {
  readonly name: string;
  readonly spec: ServiceSpec;
  readonly autoscale: NonNullable<ServiceSpec['autoscale']>;
}

function chosen(stack: StackSpec, named: string | undefined): Chosen {
  const scaled = Object.entries(stack.services).flatMap(([name, spec]): Chosen[] =>
    spec.autoscale === undefined ? [] : [{ name, spec, autoscale: spec.autoscale }],
  );
  const names = scaled.map(({ name }) => name).join(', ');
  if (named !== undefined && !(named in stack.services)) throw badInput(`there is no service ${named}`);
  const found = named === undefined ? scaled : scaled.filter(({ name }) => name === named);
  const [only, second] = found;
  if (only === undefined)
    throw badInput(
      named === undefined
        ? 'no service has `x-berth.autoscale`'
        : `the service ${named} has no \`x-berth.autoscale\``,
      'docs/autoscaling.md says what to write',
    );
  if (second !== undefined)
    throw badInput(`several services are autoscaled: ${names}`, 'name one: --service NAME');
  return only;
}

function remarksOf({ autoscale }: ServiceSpec, { frames }: Replayed): string[] {
  const remarks: string[] = [];
  if (autoscale?.targets.some((target) => !isSimulated(target)))
    remarks.push('the target on memory is left out: a load does not tell how much memory is used');
  const waiting = frames.find(({ running, wanted }) => running < wanted);
  if (waiting)
    remarks.push(
      `some replicas had no room, for the first time after ${String(waiting.second)} s: more or larger hosts would help (--hosts-max, --host-cpu, --host-memory)`,
    );
  return remarks;
}
