/** From a Compose file to answers by DNS, and from one revision to the next. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica, StackDetail } from '../../../contract/http-api.ts';
import { shopFile } from '../../../local/example-images.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { waitUntil } from '../../../local/wait-until.ts';
import { digA, digSrv, pageOf, replicaName, srvName } from '../support/dns.ts';
import { startProber } from '../support/prober.ts';
import { api, cli, deploy, deployed, eventsOf, hostViews, leave, replicasOf } from '../support/stacks.ts';
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
    }, 240_000);

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
      const name = srvName(cloud(), 'shop', 'web');
      // Healthy is known before Route 53 has brought it to its servers.
      const targets = await waitUntil(
        async () => {
          const found = await digSrv(cloud(), name);
          return found.length === 2 ? found : undefined;
        },
        { what: 'both replicas in DNS', timeoutMs: 90_000 },
      );
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
      const tasks = (await replicasOf(cloud(), 'shop')).map(withoutUsage);
      const said = await deployed(cloud(), compose);
      expect(said).toContain('nothing changed');
      expect(await api<StackDetail>(cloud(), '/v1/stacks/shop')).toEqual(before);
      expect((await replicasOf(cloud(), 'shop')).map(withoutUsage)).toEqual(tasks);
    });

    it('of changed content replaces replicas one by one, new before old', async () => {
      const before = await replicasOf(cloud(), 'shop');
      const name = srvName(cloud(), 'shop', 'web');
      const prober = startProber(cloud(), name, 200);
      const said = await deployed(cloud(), compose.replace("WARM_UP_SECONDS: '3'", "WARM_UP_SECONDS: '1'"));
      await sleep(3000); // the last change is on its way to DNS
      const counts = (await prober.stop()).map((answer) => answer.targets.length);
      const [least, most] = [Math.min(...counts), Math.max(...counts)];
      tell(`${counts.length} answers during the deploy had ${least} to ${most} targets`);
      expect(said).toContain('revision 2');
      expect(least).toBeGreaterThanOrEqual(2);
      expect(await stepsOfWeb(cloud())).toEqual([
        'task-placed shop/web-1',
        'task-draining shop/web-1',
        'task-placed shop/web-2',
        'task-draining shop/web-2',
      ]);
      const now = (await replicasOf(cloud(), 'shop')).filter((each) => each.phase === 'running');
      const old = before.map((each) => each.task);
      // What has not changed is kept, and counts to the newest revision.
      expect(now.map((each) => [each.replica, each.revision, old.includes(each.task)])).toEqual([
        ['api-1', 2, true],
        ['web-1', 2, false],
        ['web-2', 2, false],
      ]);
      const targets = await digSrv(cloud(), name);
      expect(targets.map((target) => target.port).sort()).toEqual(
        now
          .filter((each) => each.service === 'web')
          .map((each) => each.ports[0]!.host)
          .sort(),
      );
      await Promise.all(targets.map((target) => pageOf(cloud(), target)));
    }, 240_000);

    it('of an image that nobody has says which, on which host, what Docker said and what to do', async () => {
      const stack = 'pictureless';
      const file = `name: ${stack}\nservices:\n  web:\n    image: nobody/has:this\n`;
      expect((await deploy(cloud(), file, '--no-wait')).code).toBe(0);
      const told = async (): Promise<string | undefined> => {
        const [replica] = await replicasOf(cloud(), stack);
        return replica?.reason.includes('cannot be pulled') === true ? replica.reason : undefined;
      };
      const reason = await waitUntil(told, {
        what: 'the first failed pull',
        timeoutMs: 90_000,
        everyMs: 500,
      });
      expect(reason).toMatch(
        /^The image nobody\/has:this cannot be pulled on h-\w+: [^(]+ \(Docker: .+\)\. .*must be pushed first/,
      );
      await leave(cloud(), stack);
    }, 180_000);
  });
}

/** What a replica uses changes by itself, with each beat. */
const withoutUsage = ({ usage: _, ...rest }: Replica): Omit<Replica, 'usage'> => rest;

/** What was done to the replicas of web since revision 2 was accepted, in order. */
async function stepsOfWeb(cloud: Cloud): Promise<readonly string[]> {
  const events = await eventsOf(cloud);
  const since = events.findLastIndex((event) => event.code === 'stack-accepted' && event.stack === 'shop');
  return events
    .slice(since)
    .filter((event) => event.subject.startsWith('shop/web-') && /placed|draining/.test(event.code))
    .map((event) => `${event.code} ${event.subject}`);
}
