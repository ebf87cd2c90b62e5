/**
 * EC2 on its worst day, between the provision loop and the strict model: while it rages, each call may be refused with any
 * of its codes, or be done and its answer lost.
 */
import type { HostLauncher } from '../../../functions/usecases/ports.ts';
import type { Random } from '../engine/random.ts';
import type { SimulatedEc2 } from '../world/ec2.ts';
import { CODES, isOnlyOfFreshTokens } from './codes.ts';

export interface BadEc2 {
  readonly port: HostLauncher;
  /** Shares of calls that are refused, and of those that are done without an answer. */
  refused: number;
  unanswered: number;
  /** How often each code was given; `no answer` among them. */
  readonly given: ReadonlyMap<string, number>;
  /** Hosts that were asked for, a batch's together. */
  readonly launches: number;
}

type Action = keyof typeof CODES;
/** A pass whose list fails launches nothing: seldom enough that launches are what goes wrong. */
const LISTS = 0.25;

export function badEc2(ec2: () => SimulatedEc2, inner: HostLauncher, random: Random): BadEc2 {
  const given = new Map<string, number>();
  const count = (what: string): void => void given.set(what, (given.get(what) ?? 0) + 1);
  let launches = 0;
  const spoil = (action: Action, share: number, batch?: string): void => {
    const { faults } = ec2().model;
    if (random.chance(bad.refused * share)) {
      const code: string = random.pick(CODES[action]);
      const lives =
        batch !== undefined &&
        ec2()
          .alive()
          .some((one) => one.batch === batch);
      if (lives && isOnlyOfFreshTokens(code)) return;
      faults.failNext(action, { code });
      count(code);
    } else if (random.chance(bad.unanswered * share)) {
      faults.loseReply(action);
      count('no answer');
    }
  };
  /** Some of a batch's offerings fail, each for a reason of its own. */
  const spoilOfferings = (offerings: number): void => {
    for (let left = random.between(1, offerings); left > 0; left -= 1) {
      const code: string = random.pick(CODES.CreateFleet);
      ec2().model.faults.failNext('RunInstances', { code });
      count(code);
    }
  };
  const bad = {
    refused: 0,
    unanswered: 0,
    given,
    get launches() {
      return launches;
    },
    port: {
      ...inner,
      launch: (parameters) => {
        launches += parameters.size;
        spoil('CreateFleet', 1, parameters.batch);
        if (random.chance(bad.refused)) spoilOfferings(parameters.offerings.length);
        return inner.launch(parameters);
      },
      name: (instanceId, host) => {
        spoil('CreateTags', 1);
        return inner.name(instanceId, host);
      },
      list: () => {
        spoil('DescribeInstances', LISTS);
        return inner.list();
      },
      terminate: (instanceId) => {
        spoil('TerminateInstances', 1);
        return inner.terminate(instanceId);
      },
    } satisfies HostLauncher,
  };
  return bad;
}
