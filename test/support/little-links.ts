/**
 * Who reaches whom in a little cluster: hosts beat at the pace they are told and say which neighbours they miss, unless
 * they are dead or cut off. What takes an agent some seconds to find out takes `NOTICED_MS` here.
 */
import type { Beat, BeatReply } from '../../contract/agent-protocol.ts';
import type { Host } from '../../functions/core/model/host.ts';
import type { AgentCaller } from '../../functions/usecases/own-host.ts';

export const NOTICED_MS = 10_000;
const GAP_MS = 15_000;

type Cut = 'dead' | 'control-plane' | 'hosts' | 'both';

interface Memory {
  dueAtMs: number;
  sentAtMs: number;
  seq: number;
  said: string;
  neighbours: BeatReply['neighbours'];
}

export function littleLinks(
  clock: { nowMs(): number },
  send: (caller: AgentCaller, body: Beat) => Promise<BeatReply>,
) {
  const cuts = new Map<string, { readonly how: Cut; readonly sinceMs: number }>();
  const memories = new Map<string, Memory>();
  const cutFrom = (host: string, ...hows: Cut[]): boolean => hows.includes(cuts.get(host)?.how as Cut);
  const misses = (host: string): boolean => {
    const cut = cuts.get(host);
    return cut !== undefined && cut.how !== 'control-plane' && clock.nowMs() - cut.sinceMs >= NOTICED_MS;
  };

  return {
    /** Power off, or a cable out; EC2 goes on saying `running`. */
    cut: (host: string, how: Cut = 'dead') => void cuts.set(host, { how, sinceMs: clock.nowMs() }),
    mend: (host: string) => void cuts.delete(host),
    /** Whether its calls reach the control plane. */
    speaks: (host: string): boolean => !cutFrom(host, 'dead', 'control-plane', 'both'),
    beat,
  };

  async function beat(host: Host): Promise<void> {
    const nowMs = clock.nowMs();
    const memory = memories.get(host.id) ?? { dueAtMs: 0, sentAtMs: 0, seq: 0, said: '', neighbours: [] };
    memories.set(host.id, memory);
    const all = memory.neighbours.map((one) => one.host);
    const alone = misses(host.id) && cutFrom(host.id, 'hosts', 'both');
    const silent = all.filter((id) => alone || misses(id));
    const isNews = silent.join() !== memory.said && nowMs >= memory.sentAtMs + GAP_MS;
    if (nowMs < memory.dueAtMs && !isNews) return;
    memory.seq += 1;
    const reply = await send(
      { host: host.id, instanceId: host.instanceId ?? '' },
      {
        bootId: 'boot-0001',
        seq: memory.seq,
        agentVersion: '0.1.0',
        generation: 0,
        reportSeq: 0,
        cpuPercent: 1,
        memoryPercent: 1,
        diskPercent: 1,
        silent,
        answering: all.filter((id) => !silent.includes(id)),
      },
    );
    Object.assign(memory, {
      sentAtMs: nowMs,
      dueAtMs: nowMs + reply.beatMs,
      said: silent.join(),
      neighbours: reply.neighbours,
    });
  }
}
