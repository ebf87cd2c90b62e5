/** From a Compose file to answers by DNS, and from one revision to the next. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { StackDetail } from '../../../contract/http-api.ts';
import { shopFile } from '../../../local/example-images.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { digA, digSrv, pageOf, replicaName, srvName } from '../support/dns.ts';
import { api, cli, deployed, hostViews, replicasOf } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

export function deployCases(cloud: () => Cloud): void {
  describe('a deploy', () => {
    let compose = '';
    beforeAll(() => {
      compose = readFileSync(shopFile(cloud().plan.paths.project), 'utf8');
    });

    it('begins without a host, waits for one, and ends with every replica healthy', async () => {
      expect(cloud().hosts()).toEqual([]);
      expect(await hostViews(cloud())).toEqual([]);
      const startedMs = Date.now();
      const said = await deployed(cloud(), compose);
      tell(`the shop was healthy after ${((Date.now() - startedMs) / 1000).toFixed(1)} s, hosts included`);
      expect(said).toContain('waiting for a host');
      expect(said).toContain('CONVERGED');
      expect(cloud().hosts()).toHaveLength(2);
    }, 120_000);

    it('puts two replicas of web on two hosts and shows where', async () => {
      const replicas = await replicasOf(cloud(), 'shop');
      expect(replicas.map((each) => [each.replica, each.phase, each.health])).toEqual([
        ['api-1', 'running', 'healthy'],
        ['web-1', 'running', 'healthy'],
        ['web-2', 'running', 'healthy'],
      ]);
      const web = replicas.filter((each) => each.service === 'web');
      expect(new Set(web.map((each) => each.host)).size).toBe(2);
      const { code, text } = await cli(cloud(), 'ps', 'shop');
      expect(code).toBe(0);
      for (const { replica, host, address, ports } of replicas)
        expect(text).toMatch(
          new RegExp(`${replica} .*${String(host)} .*${String(address)}:${String(ports[0]?.host)}`),
        );
    });

    it('answers SRV questions with host names and ports that answer', async () => {
      const targets = await digSrv(cloud(), srvName(cloud(), 'shop', 'web'));
      expect(targets).toHaveLength(2);
      const pages = await Promise.all(targets.map((target) => pageOf(cloud(), target)));
      expect(pages.map((page) => /web-\d/.exec(page)?.[0]).sort()).toEqual(['web-1', 'web-2']);
      for (const { name } of targets) expect(name).toMatch(/^h-[a-z0-9]+\./);
      const [one] = await digSrv(cloud(), srvName(cloud(), 'shop', 'api'));
      expect(JSON.parse(await pageOf(cloud(), one!))).toMatchObject({ service: 'api', replica: 'api-1' });
    });

    it('gives each replica the address of its host', async () => {
      for (const { service, replica, address } of await replicasOf(cloud(), 'shop')) {
        const name = replicaName(cloud(), 'shop', service, Number(replica.split('-')[1]));
        expect([replica, await digA(cloud(), name)]).toEqual([replica, [address]]);
      }
    });

    it('of the same content changes nothing and says so', async () => {
      const before = await api<StackDetail>(cloud(), '/v1/stacks/shop');
      const tasks = await replicasOf(cloud(), 'shop');
      const said = await deployed(cloud(), compose);
      expect(said).toContain('nothing changed');
      expect(await api<StackDetail>(cloud(), '/v1/stacks/shop')).toEqual(before);
      expect(await replicasOf(cloud(), 'shop')).toEqual(tasks);
    });

    it('of changed content replaces replicas one by one, new before old', async () => {
      const before = await replicasOf(cloud(), 'shop');
      const watch = watchTargets(cloud(), srvName(cloud(), 'shop', 'web'));
      const said = await deployed(cloud(), compose.replace("WARM_UP_SECONDS: '3'", "WARM_UP_SECONDS: '1'"));
      const seen = await watch.stop();
      tell(`${seen.length} answers during the deploy: ${Math.min(...seen)} to ${Math.max(...seen)} targets`);
      expect(said).toContain('revision 2');
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(2);
      const after = await replicasOf(cloud(), 'shop');
      const taskOf = (list: typeof after, name: string) => list.find((each) => each.replica === name)?.task;
      expect(taskOf(after, 'api-1')).toBe(taskOf(before, 'api-1'));
      for (const name of ['web-1', 'web-2']) expect(taskOf(after, name)).not.toBe(taskOf(before, name));
      const targets = await digSrv(cloud(), srvName(cloud(), 'shop', 'web'));
      await Promise.all(targets.map((target) => pageOf(cloud(), target)));
    }, 120_000);
  });
}

/** Asks five times a second until told to stop; resolves with how many targets each answer had. */
function watchTargets(cloud: Cloud, name: string): { stop(): Promise<number[]> } {
  const counts: number[] = [];
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      counts.push((await digSrv(cloud, name)).length);
      await sleep(200);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await watching;
      return counts;
    },
  };
}
