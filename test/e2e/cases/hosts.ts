/** A launch that goes wrong makes one instance or none, and says why; a host that is not what it should be never joins. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cloud } from '../../../local/cloud.ts';
import { controlEc2 } from '../support/control.ts';
import { keysOf, sh } from '../support/hosts.ts';
import {
  askForHost,
  changeUserData,
  expireLease,
  killProvisionInLaunch,
  runLoop,
} from '../support/launches.ts';
import type { Growth } from '../support/launches.ts';
import { leave, withSettings } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

/** Runs of the provision loop after all is well: what the ticks of two minutes would do. */
const LATER_RUNS = 8;
/** Instead of the two minutes in which EC2 may not list an instance that is there; here it lists each at once. */
const DESCRIBE_LAG_MS = 3_000;
/** Instead of minutes, once it is clear that the host will not come. */
const DEADLINE_MS = 10_000;
const FAILED_ONCE = ['host-requested', 'host-launch-failed', 'host-launched', 'host-registered'];
const ready = ({ hosts }: Growth) => hosts.find(({ state }) => state === 'ready');
const codesOf = ({ events }: Growth) => events.map(({ code }) => code);
const failureOf = ({ events }: Growth) => events.find(({ code }) => code === 'host-launch-failed')?.message;

export function hostCases(cloud: () => Cloud): void {
  describe('hosts:', () => launchAndBoot(cloud));
}

function launchAndBoot(cloud: () => Cloud): void {
  const stacks = new Set<string>();
  const ask = (stack: string) => {
    stacks.add(stack);
    return askForHost(cloud(), stack);
  };
  const end = async (stack: string): Promise<void> => {
    stacks.delete(stack);
    await leave(cloud(), stack);
  };
  let restore = (): Promise<void> => Promise.resolve();
  beforeAll(async () => {
    restore = await withSettings(cloud(), { dnsTtlSeconds: 1 }); // what these cases leave is soon gone
  });
  afterAll(async () => {
    await controlEc2(cloud(), 'POST clear', {});
    for (const stack of [...stacks]) await end(stack);
    await restore();
  }, 120_000);

  describe('a launch', () => {
    /** One host came, and it stays the only one however often the loop looks again. */
    async function expectOne(asked: Awaited<ReturnType<typeof ask>>): Promise<Growth> {
      const startedMs = Date.now();
      const host = await asked.until('a host more', ready);
      await runLoop(cloud(), 'Provision', LATER_RUNS);
      const seen = await asked.growth();
      const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
      tell(`one host more after ${seconds} s: ${codesOf(seen).join(', ')}`);
      expect(seen.instances.map(({ id, tags }) => [id, tags['berth:host']])).toEqual([
        [host.instanceId, host.host],
      ]);
      expect(seen.hosts.map((one) => [one.host, one.state])).toEqual([[host.host, 'ready']]);
      return seen;
    }

    it('whose function is killed before it can record it makes one instance, which is found', async () => {
      const before = await withSettings(cloud(), { describeLagMs: DESCRIBE_LAG_MS });
      const killed = killProvisionInLaunch(cloud());
      const asked = await ask('more-killed');
      expect(await killed).toBeGreaterThan(0);
      const [row, ...others] = (await asked.growth()).hosts;
      expect(others).toEqual([]);
      expect(row).toMatchObject({ state: 'requested', instanceId: null });
      await expireLease(cloud(), 'provision');
      await asked.until('a host more', ready);
      await sleep(DESCRIBE_LAG_MS);
      expect(codesOf(await expectOne(asked))).toEqual(['host-requested', 'host-found', 'host-registered']);
      await before();
    }, 240_000);

    it('whose reply is lost makes one instance, which is found', async () => {
      await controlEc2(cloud(), 'POST lose-reply', { action: 'CreateFleet' });
      const seen = await expectOne(await ask('more-lost'));
      expect(codesOf(seen)).toEqual([
        'host-requested',
        'host-launch-failed',
        'host-found',
        'host-registered',
      ]);
      expect(failureOf(seen)).toMatch(/^no clear answer to the launch: .*; looked up/);
    }, 180_000);

    it('whose reply is lost while EC2 lists it late is repeated with its token: one instance', async () => {
      await controlEc2(cloud(), 'POST timings', { describeLagMs: 10_000 });
      await controlEc2(cloud(), 'POST lose-reply', { action: 'CreateFleet' });
      const seen = await expectOne(await ask('more-late'));
      await controlEc2(cloud(), 'POST timings', { describeLagMs: 0 });
      expect(codesOf(seen)).toEqual(FAILED_ONCE);
      expect(failureOf(seen)).toMatch(/^no clear answer to the launch: .*asked again with the same token$/);
    }, 180_000);

    it('without capacity is tried in the next zone, and says so', async () => {
      const failure = { action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500 };
      await controlEc2(cloud(), 'POST fail', { ...failure, message: 'none left in this zone' });
      const seen = await expectOne(await ask('more-capacity'));
      expect(codesOf(seen)).toEqual(FAILED_ONCE);
      expect(failureOf(seen)).toMatch(
        /^no capacity for \S+ in \S+ \(subnet-\w+\): .*none left in this zone; the next offering is tried$/,
      );
    }, 180_000);
  });

  describe('a host', () => {
    it('shows its keys in no argument, no environment and no file', async () => {
      const seen = await Promise.all(cloud().hosts().map(keysShown));
      tell(`processes of each host that were read: ${seen.map(({ processes }) => processes).join(', ')}`);
      expect(seen.length).toBeGreaterThan(0);
      for (const { agents, shown } of seen) {
        expect(agents).toBe(1);
        expect(shown).toEqual([]);
      }
    }, 120_000);

    it('whose user data differs by one character never registers; events says that its deadline passed', async () => {
      const original = await changeUserData(cloud(), withOneCharacterChanged);
      const asked = await ask('more-changed');
      const { id } = await asked.until('an instance', ({ instances }) => instances[0]);
      const log = await asked.until('the end of its user data', () => userDataLog(cloud(), id));
      expect(log).toMatch(/user data failed at line \d+: sha256sum --check/);
      // Only now: a busy machine may take longer to come as far as that.
      const before = await withSettings(cloud(), { registrationDeadlineMs: DEADLINE_MS });
      const overdue = await asked.until('the deadline', ({ events }) =>
        events.find(({ code }) => code === 'host-registration-overdue'),
      );
      expect(overdue.message).toContain(`${id} did not register within ${String(DEADLINE_MS / 1000)} s`);
      await end('more-changed');
      const ended = await asked.until('its end', (seen) =>
        seen.instances.every(({ state }) => state === 'terminated') ? seen : undefined,
      );
      await changeUserData(cloud(), () => original);
      await before();
      expect(codesOf(ended)).not.toContain('host-registered');
      expect(ended.instances).toHaveLength(1);
    }, 180_000);
  });
}

/** What the first boot of an instance has said, once it has failed. */
async function userDataLog(cloud: Cloud, instanceId: string): Promise<string | undefined> {
  const host = cloud.hosts().find((each) => each.instanceId === instanceId);
  if (host === undefined) return undefined;
  const log = await sh(host, 'cat /var/log/cloud-init-output.log').catch(() => '');
  return log.includes('user data failed') ? log : undefined;
}

/** The last hex digit of the archive's digest: the smallest change that there is. */
function withOneCharacterChanged(script: string): string {
  const at = /^readonly sha256='[0-9a-f]{63}/m.exec(script);
  if (at === null) throw new Error('the user data checks no digest');
  const index = at.index + at[0].length;
  return `${script.slice(0, index)}${script[index] === '0' ? '1' : '0'}${script.slice(index + 1)}`;
}

/** Looks for the host's own keys, as its metadata service gives them, wherever somebody on the host could read them. */
async function keysShown(host: Parameters<typeof sh>[0]) {
  const keys = Object.values(await keysOf(host)).map(String);
  const script = `
    for process in /proc/[0-9]*; do
      [ "\${process#/proc/}" = $$ ] && continue
      echo "--- $(tr '\\0' ' ' <$process/cmdline)"
      tr '\\0' '\\n' <$process/environ
    done 2>/dev/null
    echo ===
    grep -rhaE 'ASIA[0-9A-Z]{16}|[A-Za-z0-9/+=]{40,}' /etc/berth /etc/systemd/system /var/lib/berth /var/log /tmp /run 2>/dev/null
    true`;
  const [processes = '', files = ''] = (await sh(host, script)).split('===\n');
  const each = processes.split('--- ').slice(1);
  return {
    processes: each.length,
    agents: each.filter((one) => one.includes('agent.mjs')).length,
    shown: [...each, ...files.split('\n')].filter((text) => keys.some((key) => text.includes(key))),
  };
}
