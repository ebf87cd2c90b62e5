import { Command } from 'commander';
import type { ClusterSettings } from '../../contract/http-api.ts';
import { clusterPatch } from '../../contract/http-api.ts';
import { getCluster, patchCluster } from '../api/routes.ts';
import { badInput } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** `berth cluster get|set`: settings that an operator may change at run time. */
export function clusterCommand({ session, finish }: Host): Command {
  const get = verb('get', 'Show the settings of the cluster', [
    'berth cluster get',
    'berth cluster get --json',
  ]).action(async (options: CommonOptions) => {
    const settings = await getCluster(await session.connect(options));
    tell(session, options, settings, () => showSettings(settings));
    finish(EXIT.ok);
  });
  const set = verb('set', 'Change settings of the cluster', [
    'berth cluster set pool.hostsMax=20',
    'berth cluster set pool.instanceType=c7g.large pollMs=5000',
  ])
    .argument('<key=value...>', 'names as `berth cluster get` shows them')
    .action(async (pairs: readonly string[], options: CommonOptions) => {
      const api = await session.connect(options);
      const patch = patchOf(pairs, await getCluster(api));
      const settings = await patchCluster(api, patch);
      tell(session, options, settings, () => showSettings(settings));
      finish(EXIT.ok);
    });
  return new Command('cluster')
    .description('Show or change the settings of the cluster')
    .addCommand(get)
    .addCommand(set);
}

type Value = string | number;

/** `pool.hostsMax` -> value, as one flat list. `pool` is the pool `default` in short; all of them: `berth pool list`. */
export function flatten({
  pools: _pools,
  ...settings
}: ClusterSettings): readonly (readonly [string, Value])[] {
  return Object.entries(settings).flatMap(([key, value]): (readonly [string, Value])[] =>
    typeof value === 'object'
      ? Object.entries(value).map(([inner, leaf]) => [`${key}.${inner}`, leaf])
      : [[key, value]],
  );
}

const showSettings = (settings: ClusterSettings) =>
  table(
    ['KEY', 'VALUE'],
    flatten(settings).map(([key, value]) => [key, String(value)]),
  );

/**
 * The body of a PATCH. A pool is patched whole, so what is not named of it is taken from `current`.
 * @throws CliError exit 2 for an unknown key or a value that the contract refuses.
 */
export function patchOf(pairs: readonly string[], current: ClusterSettings): object {
  const known = new Map(flatten(current));
  const patch: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [key, value] = split(pair);
    const before = known.get(key);
    if (before === undefined)
      throw badInput(`there is no setting "${key}"`, `known: ${[...known.keys()].join(', ')}`);
    const typed = typeof before === 'number' && value.trim() !== '' ? Number(value) : value;
    const [top = '', inner] = key.split('.');
    if (inner === undefined) patch[top] = typed;
    else patch[top] = { ...current[top as 'pool'], ...(patch[top] as object | undefined), [inner]: typed };
  }
  const checked = clusterPatch.safeParse(patch);
  if (checked.success) return checked.data;
  const { issues } = checked.error;
  throw badInput(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

function split(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw badInput(`"${pair}" is no setting`, 'write KEY=VALUE, such as pool.hostsMax=20');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
