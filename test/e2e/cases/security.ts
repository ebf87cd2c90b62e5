/**
 * Who may call what: nobody unsigned, hosts only for themselves, each function only what its role grants, and no role
 * more than what is used. The last of all cases: what the others caused is set against the grants.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Cloud } from '../../../local/cloud.ts';
import type { HostWhereabouts } from '../../../local/whereabouts.ts';
import { shopFile } from '../../../local/example-images.ts';
import { call, refusalOf, sessionOf } from '../support/calls.ts';
import { compare, grantsOf } from '../support/grants/grants.ts';
import type { Comparison, Explained, Grant } from '../support/grants/grants.ts';
import { functionsOf, hostsRole, keyHolders } from '../support/grants/principals.ts';
import type { FunctionPrincipal } from '../support/grants/principals.ts';
import type { CallRecorder } from '../support/grants/record-calls.ts';
import { refusalsTold } from '../support/grants/refusals.ts';
import { explainedGrants } from '../support/grants/unused-grants.ts';
import { usedPermissions } from '../support/grants/used-permissions.ts';
import type { UsedPermission } from '../support/grants/used-permissions.ts';
import { keysOf } from '../support/hosts.ts';
import { OUTSIDE } from '../support/outside.ts';
import { agentCalls, callOf, deployedRoutes } from '../support/routes.ts';
import type { DeployedRoute } from '../support/routes.ts';
import { deployed, hostViews } from '../support/stacks.ts';
import { tell } from '../support/tell.ts';

export function securityCases(cloud: () => Cloud, recorder: CallRecorder): void {
  describe('security:', () => {
    let routes: readonly DeployedRoute[] = [];
    let functions: readonly FunctionPrincipal[] = [];
    let grants: readonly Grant[] = [];
    let explained: readonly Explained[] = [];
    let used: readonly UsedPermission[] = [];
    let told: readonly string[] = [];
    let hosts: readonly HostWhereabouts[] = [];

    beforeAll(async () => {
      if (cloud().hosts().length < 2)
        await deployed(cloud(), readFileSync(shopFile(cloud().plan.paths.project), 'utf8'));
      const ready = (await hostViews(cloud())).filter(({ state }) => state === 'ready');
      hosts = cloud()
        .hosts()
        .filter(({ id }) => ready.some(({ host }) => host === id));
      routes = await deployedRoutes(cloud());
      functions = await functionsOf(cloud());
      const principals = [...functions, hostsRole(cloud())];
      const holders = await keyHolders(cloud(), functions);
      const trail = await recorder.end();
      const span = { trail: trail.permissions(), fromMs: trail.fromMs, toMs: Date.now() };
      used = await usedPermissions(cloud(), { ...span, principals, holders });
      told = await refusalsTold(cloud(), functions);
      grants = await grantsOf(cloud(), principals);
      explained = await explainedGrants(cloud());
    }, 240_000);

    it('an unsigned call of any route is 403', async () => {
      const answers = await Promise.all(
        routes.map(async (route) => [
          route.path,
          (await call(cloud(), { ...callOf(route), keys: null })).status,
        ]),
      );
      tell(`routes that were called unsigned: ${String(routes.length)}`);
      expect(answers).toEqual(routes.map(({ path }) => [path, 403]));
    }, 60_000);

    it("a host's role on any route of operators is 403, before any function runs", async () => {
      const keys = await keysOf(hosts[0]!);
      const operators = routes.filter(({ isAgents }) => !isAgents);
      expect(operators.length).toBeGreaterThan(5);
      for (const route of operators) {
        const answer = await call(cloud(), { ...callOf(route), keys });
        expect([route.path, answer.status]).toEqual([route.path, 403]);
        expect(() => refusalOf(answer)).toThrow(); // it has the form of API Gateway, not the API's own
      }
    }, 60_000);

    it("a host's role on another host's routes is 403, on its own it is let through", async () => {
      const [one, other] = hosts;
      const keys = await keysOf(one!);
      const own = await call(cloud(), { method: 'GET', path: `/v1/agent/hosts/${one!.id}/manifest`, keys });
      expect(own.status).toBe(200);
      const calls = agentCalls(other!.id, one!.instanceId);
      expect(calls).toHaveLength(routes.filter(({ isAgents }) => isAgents).length);
      for (const each of calls) {
        const answer = await call(cloud(), { ...each, keys });
        const said = [each.path, answer.status, refusalOf(answer).code, refusalOf(answer).message];
        expect(said).toEqual([
          each.path,
          403,
          'forbidden',
          `${one!.instanceId} may not speak for ${other!.id}`,
        ]);
      }
    }, 60_000);

    it("the account's administrator on a host's routes is 403", async () => {
      const { id, instanceId } = hosts[0]!;
      for (const each of agentCalls(id, instanceId)) {
        const answer = await call(cloud(), each);
        expect([each.path, answer.status, refusalOf(answer).code]).toEqual([each.path, 403, 'forbidden']);
      }
    }, 60_000);

    it.each(OUTSIDE)('$who may not $action', async ({ who, action, attempt }) => {
      const role = functions.find(({ name }) => name === who)!.role;
      const keys = await sessionOf(cloud(), role, 'test');
      const error: unknown = await attempt(cloud(), keys).then(
        () => new Error('it was let through'),
        (thrown: unknown) => thrown,
      );
      const { name, message } = error as Error;
      expect(name).toMatch(/^AccessDenied|^UnauthorizedOperation$/);
      expect(message).toContain(`assumed-role/${role}/test is not authorized to perform: ${action}`);
    });

    it('each of the functions was tried', () => {
      expect(OUTSIDE.map(({ who }) => who).sort()).toEqual(functions.map(({ name }) => name).sort());
      expect(functions).toHaveLength(9);
    });

    describe('the calls of all cases against the grants:', () => {
      const nothing: Comparison = { unused: [], uncovered: [], pointless: [] };

      it('each grant was used or is explained, each call was granted', () => {
        tell(`${String(grants.length)} grants, ${String(used.length)} permissions used`);
        expect(compare(grants, used, explained)).toEqual(nothing);
      });

      it('no function tells of a call that was refused', () => {
        expect(told).toEqual([]);
      });

      it('one grant more would be red, and one grant less', () => {
        const { unused, uncovered } = compare(grants, used, explained);
        const more = { who: 'Api', action: 'dynamodb:Scan', resource: '*' };
        expect(compare([...grants, more], used, explained).unused).toEqual([
          ...unused,
          'Api: dynamodb:Scan on *',
        ]);
        const less = grants.filter(({ who, action }) => who !== 'AgentApi' || action !== 'sqs:SendMessage');
        const missing = compare(less, used, explained).uncovered.filter((each) => !uncovered.includes(each));
        expect(missing).toEqual([expect.stringMatching(/^AgentApi: sqs:SendMessage on arn:aws:sqs:/)]);
      });

      it('an explanation of what nobody grants would be red', () => {
        const stale: Explained = { who: 'Api', action: 'dynamodb:Scan', why: 'there was such a grant' };
        expect(compare(grants, used, [...explained, stale]).pointless).toEqual(['Api: dynamodb:Scan on *']);
      });
    });
  });
}
