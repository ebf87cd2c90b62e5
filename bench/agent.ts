/**
 * What the agent takes while nothing happens: the bundle that hosts run, with N containers on an engine of its own,
 * beside what that engine takes at the same time.
 *
 * The control plane is played on loopback at the pace of a small cluster, with signatures checked, over plain HTTP and
 * without a doorbell: so the agent polls and beats as often as it ever does.
 */
import { loadavg } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMALL_CLUSTER_BEAT_MS } from '../functions/core/health/neighbours.ts';
import { DEFAULT_SETTINGS } from '../functions/core/model/cluster.ts';
import { startAgentHost, type AgentHost } from '../test/support/agent-host.ts';
import { assignment, spec } from '../test/support/container-spec.ts';
import { report, restBetween, restCase, type RestCase } from './agent/report.ts';
import { lookAt, PARTS } from './agent/resting.ts';
import type { Bench, BenchOptions } from './lib/bench.ts';

const SIZES = [50];
const ROUND_MS = 20_000;
/** What starting them left to do is over by then: garbage, health, the last reports. */
const SETTLE_MS = 20_000;

const agent: Bench = {
  name: 'agent',
  summary:
    'memory and processor time of the resting agent with 50 containers, beside dockerd’s and containerd’s',
  async run(options) {
    const loadBefore = loadavg()[0] ?? 0;
    const cases: RestCase[] = [];
    for (const containers of options.sizes ?? SIZES) cases.push(...(await measure(containers, options)));
    return report(cases, { loadBefore, roundMs: ROUND_MS });
  },
};
export default agent;

async function measure(containers: number, options: BenchOptions): Promise<readonly RestCase[]> {
  options.note('an engine and an agent');
  const host = await startAgentHost({}, { sharesProcesses: true });
  try {
    await settle(host, containers, options);
    const folder = dirname(host.docker.socketPath);
    const looks = [lookAt(host.agent.pid(), folder)];
    const times = [performance.now()];
    for (let round = 1; round <= options.rounds; round++) {
      await sleep(ROUND_MS);
      looks.push(lookAt(host.agent.pid(), folder));
      times.push(performance.now());
      options.note(`${String(containers)} containers, round ${String(round)}`);
    }
    return PARTS.map((part) => {
      const rests = looks
        .slice(1)
        .map((look, index) =>
          restBetween(looks[index]![part], look[part], (times[index + 1] ?? 0) - (times[index] ?? 0)),
        );
      return restCase(containers, part, looks.at(-1)![part].processes, rests);
    });
  } finally {
    options.note('remove them');
    await host.remove();
  }
}

async function settle(host: AgentHost, containers: number, options: BenchOptions): Promise<void> {
  const { pollMs } = DEFAULT_SETTINGS;
  host.services.setPace({ pollMs, beatMs: SMALL_CLUSTER_BEAT_MS });
  const slots = Array.from({ length: containers }, (_, index) => assignment(index + 1));
  host.services.want({ 'web-1': spec({ command: ['sleep', '86400'] }) }, slots);
  host.agent.start();
  options.note(`${String(containers)} containers start`);
  const up = (): boolean =>
    (host.services.reports.at(-1)?.tasks ?? []).filter(({ health }) => health === 'healthy').length ===
    containers;
  await host.until('all of them healthy', up, 120_000);
  await sleep(SETTLE_MS);
}
