/** The control plane's API, with no keys, with made-up keys, and with keys that were stolen from the host. */
import { expect, it } from '@jest/globals';
import type { Cloud } from '../../../../local/cloud.ts';
import { apiEndpoint } from '../../../../local/emulator/account.ts';
import { bytesOf, type Call } from '../../support/calls.ts';
import { keysOf } from '../../support/hosts.ts';
import { knock, shell } from '../../support/knock.ts';
import { agentCalls } from '../../support/routes.ts';
import { hostViews } from '../../support/stacks.ts';
import type { Scene } from './scene.ts';

const MADE_UP = {
  accessKeyId: 'ASIAMADEUPMADEUPMADE',
  secretAccessKey: 'x'.repeat(40),
  sessionToken: 'none',
};
const OPERATORS: readonly Call[] = [
  { method: 'GET', path: '/v1/stacks' },
  { method: 'GET', path: '/v1/hosts' },
  { method: 'DELETE', path: '/v1/stacks/victim' },
];

export function controlPlaneTries(cloud: () => Cloud, here: () => Scene): void {
  /** The status of an answer to a call that is sent from inside the container, byte for byte. */
  const tryIt = async (call: Call): Promise<number> => {
    const { plan, outputs } = cloud();
    const endpoint = apiEndpoint(plan, outputs['ApiId'] ?? '', 'host');
    const { hostname, port } = new URL(endpoint);
    const said = await knock(here().villain, hostname, Number(port), await bytesOf({ plan, endpoint }, call));
    const status = /^connected\nHTTP\/1\.1 (\d{3}) /.exec(said)?.[1];
    if (status === undefined) throw new Error(`${call.method} ${call.path} was answered: ${said}`);
    return Number(status);
  };
  const statuses = async (calls: readonly Call[]): Promise<readonly number[]> => {
    const all: number[] = [];
    for (const call of calls) all.push(await tryIt(call));
    return all;
  };
  /** A beat, a report, a registration and a question for the manifest, as the host of the attacker. */
  const asHost = (): readonly Call[] => agentCalls(here().host.id, here().host.instanceId);

  it('finds no keys in its environment', async () => {
    const { host, villain } = here();
    expect(await shell(villain, 'cat /proc/*/environ | tr "\\0" "\\n"')).toMatch(/BERTH_TASK=/); // so it can look
    expect(await shell(villain, 'cat /proc/*/environ | tr "\\0" "\\n"')).not.toMatch(
      /AWS_|SECRET|TOKEN|ASIA/,
    );
    expect((await keysOf(host)).accessKeyId).toMatch(/^ASIA/); // which is what keys would look like
  }, 60_000);

  it('gets nothing from the API without keys, and forges no beat', async () => {
    const calls = [...OPERATORS, ...asHost()].map((call) => ({ ...call, keys: null }));
    expect(await statuses(calls)).toEqual(calls.map(() => 403));
    expect(await statuses(OPERATORS.slice(0, 1))).toEqual([200]); // the very same request, signed by its owner
  }, 120_000);

  it('gets nothing with keys that it made up, and forges no beat', async () => {
    const calls = [...OPERATORS.slice(0, 1), ...asHost()].map((call) => ({ ...call, keys: MADE_UP }));
    expect(await statuses(calls)).toEqual(calls.map(() => 403));
  }, 120_000);

  it('gets with stolen keys of its host no further than that host: no stack, no other host', async () => {
    const { host, other } = here();
    const keys = await keysOf(host);
    const own = { method: 'GET', path: `/v1/agent/hosts/${host.id}/manifest`, keys };
    expect(await tryIt(own)).toBe(200); // the keys are good, and the way is open
    const calls = [...OPERATORS, ...agentCalls(other.id, other.instanceId)].map((call) => ({
      ...call,
      keys,
    }));
    expect(await statuses(calls)).toEqual(calls.map(() => 403));
  }, 120_000);

  it('has changed nothing: every host is as it was, by its own agent’s word', async () => {
    const { host, other } = here();
    const views = (await hostViews(cloud())).filter((one) => one.host === host.id || one.host === other.id);
    expect(views.map((one) => one.state)).toEqual(['ready', 'ready']);
    expect(views.map((one) => one.address).sort()).toEqual([host.address, other.address].sort());
    for (const { agentVersion } of views) expect(agentVersion).not.toBe('test'); // what the forged ones said
  }, 60_000);
}
