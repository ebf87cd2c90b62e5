/** A cluster of so many hosts whose beats and witnesses a test sets; everything else is as in `builders`. */
import { NO_OBITUARIES, judgeHosts, type Obituaries } from '../../../../functions/core/health/judge-hosts.ts';
import { watchRing } from '../../../../functions/core/health/neighbours.ts';
import type { Host } from '../../../../functions/core/model/host.ts';
import { hostId, type HostId } from '../../../../functions/core/model/ids.ts';
import type { HostView } from '../../../../functions/core/model/snapshot.ts';
import type { HostLease } from '../../../../functions/core/model/task.ts';
import { host, hostView, lease, NOW, settings } from '../../../support/builders.ts';

const NAMES = 'abcdefghijklmnopqrst';

export interface Scene {
  readonly ids: readonly HostId[];
  /** Its last beat came so long ago. */
  beat(index: number, ageMs: number, says?: Partial<HostLease>): Scene;
  /** These died that long ago, and every neighbour that lives has said so since. */
  killed(indexes: readonly number[], agoMs: number): Scene;
  is(index: number, over: Partial<Host>): Scene;
  judge(at?: {
    readonly nowMs?: number;
    readonly obituaries?: Obituaries;
    readonly freshFromMs?: number;
    readonly sweptAtMs?: number;
  }): ReturnType<typeof judgeHosts>;
}

/** Every host beat 5 s ago and sees all of its neighbours. */
export function scene(count: number, over: Parameters<typeof settings>[0] = {}): Scene {
  const hosts = Array.from({ length: count }, (_, index) =>
    host(NAMES[index] ?? 'z', {
      id: hostId(`h-host00000${NAMES[index] ?? 'z'}`),
      registeredAtMs: NOW - 3_600_000,
    }),
  );
  const ring = watchRing(hosts);
  const paceMs = count < 4 ? 15_000 : 60_000;
  const views: HostView[] = hosts.map((one) => {
    const neighbours = ring.get(one.id) ?? [];
    const answering = neighbours.map((each) => each.host);
    return {
      ...hostView({ ...one, neighbours }, [], null),
      lease: lease(one, 5000, { answering, paceMs }),
    };
  });
  const change = (index: number, next: (view: HostView) => HostView): Scene => {
    views[index] = next(views[index]!);
    return self;
  };
  const self: Scene = {
    ids: hosts.map((one) => one.id),
    beat: (index, ageMs, says = {}) =>
      change(index, (view) => ({
        ...view,
        lease: { ...view.lease!, receivedAtMs: NOW - ageMs, ...says },
      })),
    killed: (indexes, agoMs) => {
      const dead = indexes.map((index) => hosts[index]!.id);
      for (const [index, view] of views.entries()) {
        if (indexes.includes(index)) self.beat(index, agoMs);
        else {
          const all = view.host.neighbours.map((each) => each.host);
          const silent = all.filter((id) => dead.includes(id));
          self.beat(index, 1000, { silent, answering: all.filter((id) => !dead.includes(id)) });
        }
      }
      return self;
    },
    is: (index, changes) => change(index, (view) => ({ ...view, host: { ...view.host, ...changes } })),
    judge: ({ nowMs = NOW, obituaries = NO_OBITUARIES, freshFromMs = 0, sweptAtMs = nowMs } = {}) =>
      judgeHosts(
        { hosts: views, settings: settings(over), sweep: { sweptAtMs, freshFromMs } },
        obituaries,
        nowMs,
      ),
  };
  return self;
}

/** `h-...a suspect`, of all verdicts. */
export const told = ({ verdicts }: ReturnType<typeof judgeHosts>): string[] =>
  verdicts.map(
    ({ next }) => `${next.id.slice(-1)} ${next.state}${next.silence?.frozen === true ? ' frozen' : ''}`,
  );
