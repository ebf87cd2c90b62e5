import type { Command } from 'commander';
import type { ApiClient } from '../api/api-client.ts';
import { getVersion } from '../api/routes.ts';
import type { Account } from '../destroy/account.ts';
import { isClean, prove, showProof, stackName } from '../destroy/proof.ts';
import type { ClusterParts, Proof } from '../destroy/proof.ts';
import { closePool, emptyCluster, emptyZone, removeStack, terminateAll } from '../destroy/steps.ts';
import type { Steps } from '../destroy/steps.ts';
import { badInput, CliError } from '../cli-error.ts';
import { parseDurationMs, showDuration } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { createProgress } from '../output/progress.ts';
import type { Session } from '../session.ts';
import { waitFor } from '../watch/wait-for.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface DestroyOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly timeout: string;
}

/** `berth destroy`: everything of a cluster, in an order that leaves nothing behind, and the proof of it. */
export function destroyCommand({ session, finish }: Host): Command {
  return verb('destroy', 'Destroy a whole cluster: stacks, hosts, records, and its CloudFormation stack', [
    'berth destroy',
    'berth destroy --cluster staging --yes',
    'berth destroy --cluster staging --force',
  ])
    .option('-y, --yes', 'do not ask for the name of the cluster')
    .option('--force', 'do not wait for replicas to leave DNS; also when the control plane does not answer')
    .option('--timeout <duration>', 'wait at most this long for each step', '30m')
    .action(async (options: DestroyOptions) => {
      const timeoutMs = parseDurationMs(options.timeout);
      const opened = await session.openAccount(options);
      const plane = await reach(session, options);
      const cluster = plane?.cluster ?? opened.cluster;
      await confirmed(session, cluster, options);
      const proof = await destroy(session, { ...opened, cluster, plane, options, timeoutMs });
      tell(session, options, { cluster, ...proof }, () => showProof(proof, opened.account.region));
      finish(isClean(proof) ? EXIT.ok : EXIT.failed);
    });
}

interface Plane {
  readonly api: ApiClient;
  readonly cluster: string;
}

/** Null: it does not answer, and that was allowed for. */
async function reach(session: Session, options: DestroyOptions): Promise<Plane | null> {
  try {
    const api = await session.connect(options);
    const { cluster } = await getVersion(api);
    return { api, cluster };
  } catch (error) {
    if (options.force === true) return null;
    if (!(error instanceof CliError)) throw error;
    throw new CliError(`${error.message}: replicas cannot be taken out of DNS first`, {
      exitCode: error.exitCode,
      code: error.code,
      remedies: [...error.remedies, 'or add --force: instances are then terminated as they are'],
    });
  }
}

async function confirmed(session: Session, cluster: string, options: DestroyOptions): Promise<void> {
  if (options.yes === true) return;
  const question = `This destroys the cluster ${cluster}: all stacks, hosts and records. Type its name to go on:`;
  const answer = await session.ask(question);
  if (answer === null)
    throw badInput(`destroying ${cluster} needs its name typed`, 'there is no terminal to ask on: add --yes');
  if (answer.trim() !== cluster)
    throw badInput(`nothing was destroyed: "${answer.trim()}" is not ${cluster}`);
}

interface Destruction {
  readonly account: Account;
  readonly cluster: string;
  readonly plane: Plane | null;
  readonly options: DestroyOptions;
  readonly timeoutMs: number;
}

async function destroy(session: Session, one: Destruction): Promise<Proof> {
  const { account, cluster, plane, options } = one;
  const stack = await account.stack(stackName(cluster));
  const parts: ClusterParts = { cluster, zoneId: stack?.zoneId ?? null, tableName: stack?.tableName ?? null };
  const steps: Steps = { account, until: waits(session, one) };
  if (plane !== null) {
    await closePool(plane.api);
    if (options.force !== true) await emptyCluster(plane.api, steps);
  }
  await terminateAll(steps, cluster);
  await emptyZone(steps, parts);
  await removeStack(steps, cluster);
  // EC2 and Route 53 show for a moment what is gone already; what stays is in the proof.
  let proof = await prove(account, parts);
  for (let look = 0; look < LOOKS_MAX && !isClean(proof); look += 1) {
    await session.sleep(LOOK_EVERY_MS);
    proof = await prove(account, parts);
  }
  return proof;
}

const LOOKS_MAX = 10;
const LOOK_EVERY_MS = 2000;

/** Shows what is waited for. Interrupted or too late, it ends the command; run again, it goes on where it was. */
function waits(session: Session, { options, timeoutMs }: Destruction): Steps['until'] {
  const { out, err } = session.terminal;
  return async (what, ask) => {
    const progress = createProgress(options.json === true ? err : out);
    const waited = await waitFor(session, {
      timeoutMs,
      progress,
      look: async (elapsedMs) => {
        const left = await ask();
        const row = {
          key: what,
          text: `waiting for ${what}: ${left ?? 'done'}`,
          ticking: `  ${showDuration(elapsedMs)}`,
        };
        return { outcome: left === null ? 'done' : null, rows: [row], logs: [], waitingFor: left ?? '' };
      },
    });
    if (waited.kind === 'done') return;
    const again = 'run `berth destroy` again: it goes on where it was; --force does not wait for replicas';
    if (waited.kind === 'interrupted')
      throw new CliError('interrupted: the cluster is half destroyed', {
        exitCode: EXIT.interrupted,
        code: 'interrupted',
        remedies: [again],
      });
    throw new CliError(`waited ${showDuration(timeoutMs)} for ${what}: ${waited.waitingFor}`, {
      exitCode: EXIT.failed,
      code: 'timeout',
      remedies: [again],
    });
  };
}
