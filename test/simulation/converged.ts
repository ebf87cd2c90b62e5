/**
 * Whether the cluster is as wanted, judged by the truth: containers on machines, what name servers answer, what EC2 runs.
 * Undefined: it is. Else the first thing that is not.
 */
import { LABELS, type Container } from '../../agent/docker/engine.ts';
import { getStack } from '../../functions/usecases/describe-stacks.ts';
import { srvName, serviceOwner } from '../../functions/core/discovery/names.ts';
import { ZONE } from '../support/builders.ts';
import type { Operator } from './plan/operator.ts';
import { isSound, isSoundService, type ServiceKnobs } from './plan/workload.ts';
import type { World } from './world/world.ts';

interface Running {
  readonly container: Container;
  readonly host: string;
}

/** I28: a deploy has not come to its end. I27: what runs is not what is wanted. */
export interface NotConverged {
  readonly invariant: 'I27' | 'I28';
  readonly words: string;
}

export async function whyNotConverged(world: World, operator: Operator): Promise<NotConverged | undefined> {
  const pending = operator.pending();
  if (pending > 0) return { invariant: 'I28', words: `the API has not accepted ${pending} calls yet` };
  const deploys = await stacksOff(world, operator);
  if (deploys !== undefined) return { invariant: 'I28', words: deploys };
  const words = (await hostsOff(world, operator)) ?? (await servicesOff(world, operator));
  return words === undefined ? undefined : { invariant: 'I27', words };
}

async function stacksOff({ controlPlane }: World, { wanted }: Operator): Promise<string | undefined> {
  const { stacks } = controlPlane.stores;
  for (const head of await stacks.list())
    if (!wanted.has(head.name)) return `the stack ${head.name} is still there`;
  for (const [name, knobs] of wanted) {
    const { services } = await getStack({ stacks })(name);
    for (const [service, wish] of Object.entries(knobs)) {
      const state = services.find((one) => one.service === service);
      if (state === undefined) return `${name}/${service} is unknown`;
      // Nothing of an unsound service with no replicas can fail.
      const expected = isSoundService(wish) || wish.replicas === 0 ? 'converged' : 'failed';
      if (state.state !== expected)
        return `${name}/${service} is ${state.state}, not ${expected}: ${state.reason}`;
      if (state.reason === '') return `${name}/${service} is ${state.state} without a reason`;
    }
    const extra = services.find((one) => !(one.service in knobs));
    if (extra) return `${name}/${extra.service} is still there`;
  }
  return undefined;
}

async function hostsOff({ controlPlane, ec2 }: World, { wanted }: Operator): Promise<string | undefined> {
  const rows = await controlPlane.stores.hosts.listHosts();
  // A drain without a deadline waits for replacements that serve, and those of an unsound service never do.
  const mayWait = ![...wanted.values()].every(isSound);
  const hosts = rows.map((one) =>
    mayWait && one.state === 'draining' ? { ...one, state: 'ready' as const } : one,
  );
  for (const host of hosts)
    if (host.state !== 'ready' && host.state !== 'terminated')
      return `${host.id} is ${host.state}: ${host.reason}`;
  const ready = new Map(hosts.filter((one) => one.state === 'ready').map((one) => [one.instanceId, one]));
  const alive = ec2.alive();
  for (const { id, host } of alive) if (!ready.has(id)) return `${id} of ${host} runs, and no row knows it`;
  const missing = [...ready].find(([id]) => !alive.some((one) => one.id === id));
  return missing && `${missing[1].id} is ready, and its instance is gone`;
}

async function servicesOff(world: World, operator: Operator): Promise<string | undefined> {
  const manifests = await world.controlPlane.stores.hosts.listManifests();
  const assigned = new Map(
    manifests.flatMap((one) => one.assignments.map((each) => [each.task as string, each])),
  );
  const running = new Map<string, Running[]>();
  for (const machine of world.machines.values()) {
    if (!machine.on) continue;
    for (const container of machine.docker.everything()) {
      if (container.labels[LABELS.cluster] !== 'berth') continue;
      const task = container.labels[LABELS.task] ?? '';
      if (!assigned.has(task)) return `${container.name} on ${machine.host} belongs to no manifest`;
      if (container.state !== 'running') continue;
      const key = `${container.labels[LABELS.stack]}/${container.labels[LABELS.service]}`;
      running.set(key, [...(running.get(key) ?? []), { container, host: machine.host }]);
    }
  }
  const served = world.zone.servedTargets();
  const states = await world.controlPlane.stores.stacks.listServices();
  for (const [stack, knobs] of operator.wanted)
    for (const [service, wish] of Object.entries(knobs)) {
      const name = srvName(ZONE, serviceOwner(stack, service), 'http', 'tcp');
      const targets = served.get(name) ?? [];
      served.delete(name);
      if (!isSoundService(wish)) continue;
      const state = states.find((one) => one.stack === stack && one.service === service);
      const replicas = wish.autoscale === undefined ? wish.replicas : (state?.replicas ?? 0);
      const off = serviceOff({ ...wish, replicas }, running.get(`${stack}/${service}`) ?? [], targets);
      if (off !== undefined) return `${stack}/${service}: ${off}`;
    }
  const [left] = served.keys();
  return left && `${left} is still in DNS`;
}

function serviceOff(
  { replicas, checked }: ServiceKnobs,
  running: readonly Running[],
  targets: readonly string[],
): string | undefined {
  const slots = running.map(({ container }) => container.labels[LABELS.slot]).sort();
  if (slots.length !== replicas || new Set(slots).size !== replicas)
    return `slots ${slots.join()} run, not ${replicas}`;
  const sick = running.find(({ container }) => container.health !== (checked ? 'healthy' : 'none'));
  if (sick) return `${sick.container.name} is ${sick.container.health}`;
  const hosts = running.map(({ host }) => `${host}.${ZONE}.`).sort();
  const inDns = targets.map((target) => target.split(' ')[3] ?? '').sort();
  return hosts.join() === inDns.join() ? undefined : `runs on ${hosts.join()}, DNS says ${inDns.join()}`;
}
