import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { getVersion } from '../api/routes.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

/** Of this CLI: package.json's. */
export function cliVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `berth version`: the CLI's, and the control plane's. */
export function versionCommand({ session, finish }: Host): Command {
  return verb('version', 'Show the versions of the CLI and of the control plane', [
    'berth version',
    'berth version --client      (asks nobody)',
  ])
    .option('--client', 'only the CLI')
    .action(async (options: CommonOptions & { readonly client?: boolean }) => {
      const cli = cliVersion();
      if (options.client === true) tell(session, options, { cli }, () => `berth ${cli}\n`);
      else {
        const api = await session.connect(options);
        const controlPlane = await getVersion(api);
        const { endpoint } = api.target;
        const value = { cli, endpoint: endpoint.href, controlPlane };
        const { cluster, zone, region, version } = controlPlane;
        tell(session, options, value, () =>
          [
            `berth          ${cli}`,
            `control plane  ${version}, cluster ${cluster}, zone ${zone}, ${region}`,
            `endpoint       ${endpoint.href}\n`,
          ].join('\n'),
        );
      }
      finish(EXIT.ok);
    });
}
