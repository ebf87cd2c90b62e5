/** A newer agent in place, one canary host first; a broken one goes back by itself. Containers notice nothing. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { agentBundle } from '../../../infra/host-asset/agent-bundle.ts';
import type { EventView, HostView } from '../../../contract/http-api.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { hostNamed, runningContainers, sh } from '../support/hosts.ts';
import { HEALTH_CHECK, TEST_IMAGE } from '../support/images.ts';
import { publishAgent, restoreArchive } from '../support/publish-agent.ts';
import { api, cli, deployed, eventsOf, hostViews, leave, withSettings } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

const STACK = 'upgraded';
const COMPOSE = `
name: ${STACK}
services:
  web:
    image: ${TEST_IMAGE}
    environment: { HEALTHY: 'yes' }
    ports: [{ target: 8080, name: http }]
    deploy:
      replicas: 2
      placement: { max_replicas_per_node: 1 }
    ${HEALTH_CHECK}
    stop_grace_period: 1s
`;
/** A broken agent is given up soon; a good one has the time that a busy machine takes to hear it. */
const TRIAL_MS = 4000;
const GOOD_TRIAL_MS = 60_000;
const WITHIN_MS = 180_000;

export function upgradeCases(cloud: () => Cloud): void {
  describe('a published version of the agent', () => {
    let restore = (): Promise<void> => Promise.resolve();
    let bundle: Buffer;
    let containers: readonly string[];
    beforeAll(async () => {
      bundle = await agentBundle();
      const times = { upgradeTrialMs: TRIAL_MS, upgradeWatchMs: 1000 };
      restore = await withSettings(cloud(), { dnsTtlSeconds: 1, ...times });
      await deployed(cloud(), COMPOSE);
      containers = await runningContainers(cloud());
    }, 240_000);
    afterAll(async () => {
      await restoreArchive(cloud(), bundle);
      await leave(cloud(), STACK);
      await restore();
    }, 120_000);

    const ready = async (): Promise<readonly HostView[]> =>
      (await hostViews(cloud())).filter(({ state }) => state === 'ready');
    /** The next pass is at once, not at the next tick. */
    const publish = async (agent: Buffer, upgradeTrialMs: number): Promise<string> => {
      const version = await publishAgent(cloud(), agent);
      await api(cloud(), '/v1/cluster', 'PATCH', { upgradeTrialMs });
      return version;
    };
    const said = async (version: string): Promise<readonly EventView[]> =>
      (await eventsOf(cloud())).filter(
        ({ code, message }) => code.startsWith('agent-') && message.includes(version),
      );
    const pids = async (): Promise<readonly string[]> => {
      const all = await ready();
      const pid = ({ host }: HostView) =>
        sh(hostNamed(cloud(), host), 'systemctl show --property=MainPID --value berth-agent');
      return (await Promise.all(all.map(async (one) => `${one.host} ${await pid(one)}`))).sort();
    };

    it('runs on the oldest host first, then on the others, with the containers that were there', async () => {
      const hosts = await ready();
      expect(hosts.length).toBeGreaterThan(1);
      const startedMs = Date.now();
      const version = await publish(
        Buffer.concat([bundle, Buffer.from('\n// a newer one\n')]),
        GOOD_TRIAL_MS,
      );
      const all = async (): Promise<true | undefined> =>
        (await ready()).every((one) => one.agentVersion === version) || undefined;
      await waitUntil(all, { what: 'the version on every host', timeoutMs: WITHIN_MS, everyMs: 500 });
      tell(
        `${(Date.now() - startedMs) / 1000} s from a published agent to ${hosts.length} hosts that run it`,
      );
      const events = await said(version);
      expect(events.slice(0, 2).map(({ code, subject }) => [code, subject])).toEqual([
        ['agent-canary', hosts[0]?.host],
        ['agent-proven', hosts[0]?.host],
      ]);
      expect(events.filter(({ code }) => code === 'agent-upgrading')).toHaveLength(hosts.length - 1);
      expect(await runningContainers(cloud())).toEqual(containers);
      const { text } = await cli(cloud(), 'hosts');
      expect(text.split(version).length - 1).toBe(hosts.length);
      const links = 'cd /opt/berth; readlink current previous; ls -d next 2>/dev/null || true';
      const found = await sh(hostNamed(cloud(), hosts[0]!.host), links);
      expect(found.trim().split('\n')).toEqual([
        `/opt/berth/${version}`,
        `/opt/berth/${hosts[0]?.agentVersion ?? ''}`,
      ]);
    }, 240_000);

    it.each([
      [
        'ends at once',
        'process.exit(1);\n',
        'it ended 3 times before the control plane had taken a report of it',
      ],
      [
        'is never heard',
        'setInterval(() => {}, 1e6);\n',
        'it ran for 4 s, and the control plane took no report',
      ],
    ])(
      'that %s is refused: the canary goes back, the others never get it',
      async (_, agent, reason) => {
        const [before, pidsBefore] = [await ready(), await pids()];
        const startedMs = Date.now();
        const version = await publish(Buffer.from(agent), TRIAL_MS);
        const refusal = async () => (await said(version)).find(({ code }) => code === 'agent-refused');
        const event = await waitUntil(refusal, { what: 'the refusal', timeoutMs: WITHIN_MS, everyMs: 500 });
        tell(`${(Date.now() - startedMs) / 1000} s from a broken agent to its refusal`);
        expect(event.message).toContain(
          `${before[0]?.host ?? ''} went back to ${before[0]?.agentVersion ?? ''}: ${reason}`,
        );
        expect((await ready()).map((one) => one.agentVersion)).toEqual(before.map((one) => one.agentVersion));
        const others = (list: readonly string[]) => list.filter((one) => !one.startsWith(before[0]!.host));
        expect(others(await pids())).toEqual(others(pidsBefore));
        expect((await said(version)).map(({ code }) => code)).toEqual(['agent-canary', 'agent-refused']);
        expect(await runningContainers(cloud())).toEqual(containers);
      },
      120_000,
    );
  });
}
