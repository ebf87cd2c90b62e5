/** The bundled agent on a real Docker on bad days, in short. The long version is test/soak/agent-kills. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAgentHost, type AgentHost } from '../support/agent-host.ts';
import { memoryLoopCase, rebootCase } from '../support/comeback-cases.ts';
import { frozenDockerCase } from '../support/frozen-docker-case.ts';
import { fullDiskCase } from '../support/full-disk-case.ts';
import { ADOPTED_WITHIN_MS, killCase } from '../support/kill-case.ts';
import { tell } from './support/tell.ts';

/** `BERTH_SEED=...` does the same again. */
const seed = process.env.BERTH_SEED ?? randomBytes(4).toString('hex');

let host: AgentHost;
beforeAll(async () => {
  host = await startAgentHost({ dockerAskMs: 1000, relistMs: 1000 });
}, 120_000);
afterAll(() => host.remove(), 120_000);

describe('the agent on a real Docker', () => {
  it(`#2 killed 6 times in the middle of deploys (BERTH_SEED=${seed}), ends with what is wanted`, async () => {
    const found = await killCase(host, { kills: 6, withinMs: 900, seed });
    tell(`6 kills, ${found.containersMade} containers made; slowest adoption ${found.slowestAdoptionMs} ms`);
    expect(found.slowestAdoptionMs).toBeLessThan(ADOPTED_WITHIN_MS);
  }, 120_000);

  it('#4 says of a Docker that hangs that it does not answer, and DNS stays', async () => {
    await frozenDockerCase(host, { frozenMs: 5000, noticedWithinMs: 4000 });
  }, 120_000);

  it('#5 after a power cut runs again what is still wanted, and nothing else', async () => {
    if (host.agent.pid() === 0) host.agent.start();
    await rebootCase(host);
  }, 120_000);

  it('#36 counts what its memory limit ends, across its own end', async () => {
    if (host.agent.pid() === 0) host.agent.start();
    await memoryLoopCase(host);
  }, 180_000);
});

describe('the agent on a small disk', () => {
  let small: AgentHost;
  beforeAll(async () => {
    small = await startAgentHost({ relistMs: 1000 }, { diskSize: '24m' });
  }, 120_000);
  afterAll(() => small.remove(), 120_000);

  it('#39 full: keeps what runs, starts nothing and says why, and goes on when there is room', async () => {
    await fullDiskCase(small);
  }, 180_000);
});
