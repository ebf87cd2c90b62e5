/** The agent killed 200 times, and Docker frozen for a minute at default settings, on a real Docker. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startAgentHost, type AgentHost } from '../support/agent-host.ts';
import { frozenDockerCase } from '../support/frozen-docker-case.ts';
import { ADOPTED_WITHIN_MS, killCase } from '../support/kill-case.ts';
import { tell } from '../e2e/support/tell.ts';

const KILLS = 200;
/** `BERTH_SEED=... npm run -s jest -- test/soak/agent-kills` does the same again. */
const seed = process.env.BERTH_SEED ?? randomBytes(4).toString('hex');

let host: AgentHost;
beforeEach(async () => {
  host = await startAgentHost();
}, 60_000);
afterEach(() => host.remove(), 60_000);

describe('the agent on a real Docker', () => {
  it(
    `#2 killed ${KILLS} times in the middle of deploys (BERTH_SEED=${seed}), ends with what is wanted`,
    async () => {
      tell(`BERTH_SEED=${seed}`);
      const found = await killCase(host, { kills: KILLS, withinMs: 1500, seed });
      tell(
        `${KILLS} kills, ${found.containersMade} containers made; slowest adoption ${found.slowestAdoptionMs} ms`,
      );
      expect(found.slowestAdoptionMs).toBeLessThan(ADOPTED_WITHIN_MS);
    },
    20 * 60_000,
  );

  it('#4 says of a Docker that hangs for 60 s that it does not answer, and DNS stays', async () => {
    host.agent.start();
    // 10 s until the next list, and 10 s for its answer.
    await frozenDockerCase(host, { frozenMs: 60_000, noticedWithinMs: 25_000 });
  }, 180_000);
});
