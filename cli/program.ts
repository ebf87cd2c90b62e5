import { Command, CommanderError } from 'commander';
import { autoscaleCommand } from './commands/autoscale.ts';
import { clusterCommand } from './commands/cluster.ts';
import { completionCommand } from './commands/completion.ts';
import { deployCommand } from './commands/deploy.ts';
import { destroyCommand } from './commands/destroy.ts';
import { drainCommand } from './commands/drain.ts';
import { eventsCommand } from './commands/events.ts';
import { hostsCommand } from './commands/hosts.ts';
import { poolCommand } from './commands/pool.ts';
import { psCommand } from './commands/ps.ts';
import { rmCommand } from './commands/rm.ts';
import { scaleCommand } from './commands/scale.ts';
import { stacksCommand } from './commands/stacks.ts';
import { simulateCommand } from './commands/simulate.ts';
import type { Host } from './commands/verb.ts';
import { cliVersion, versionCommand } from './commands/version.ts';
import { whyCommand } from './commands/why.ts';
import { CliError } from './cli-error.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import { errorJson, showError } from './output/errors.ts';
import { toJson } from './output/json.ts';
import { painter } from './output/paint.ts';
import type { Session } from './session.ts';

const HELP = `
The control plane is found in this order:
  --endpoint URL       on the command line
  BERTH_ENDPOINT       in the environment
  .berth/local.json    of the local cloud, in this folder or above (not with --cluster)
  /berth/<cluster>/endpoint   a parameter in Systems Manager of the AWS account;
                       <cluster> is --cluster, BERTH_CLUSTER, else "berth"
Credentials come from the AWS SDK's default chain (AWS_PROFILE, AWS_ACCESS_KEY_ID, SSO, roles);
for the local cloud none are needed.

Exit codes:
  0    done
  1    it failed, was superseded, or did not end in time
  2    wrong command line or input; nothing was done
  3    control plane not reachable, or caller not allowed
  130  Ctrl-C; what was asked for goes on
`;

/** The whole command line. `run` never throws: it tells the error and returns the exit code. */
export function createProgram(session: Session): { run(args: readonly string[]): Promise<ExitCode> } {
  return {
    async run(args) {
      let exitCode: ExitCode = EXIT.ok;
      const program = build({ session, finish: (code) => (exitCode = code) });
      try {
        await program.parseAsync(args, { from: 'user' });
        return exitCode;
      } catch (error) {
        return failed(session, args, error);
      }
    },
  };
}

function build(host: Host): Command {
  const { out, err } = host.session.terminal;
  const program = new Command('berth')
    .description('Runs Compose files on EC2 hosts: a control plane without servers, replicas in DNS')
    .version(cliVersion(), '-V, --version', 'version of this command')
    .addHelpText('after', HELP);
  for (const make of [
    deployCommand,
    psCommand,
    whyCommand,
    hostsCommand,
    eventsCommand,
    stacksCommand,
    rmCommand,
    scaleCommand,
    autoscaleCommand,
    drainCommand,
    clusterCommand,
    poolCommand,
    destroyCommand,
    simulateCommand,
    versionCommand,
  ])
    program.addCommand(make(host));
  program.addCommand(completionCommand(host, program));
  forEachCommand(program, (command) => {
    command.exitOverride().configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHelpWidth: () => out.columns,
      getErrHelpWidth: () => err.columns,
    });
    command.showHelpAfterError(`(see \`${pathOf(command)} --help\`)`);
  });
  return program;
}

function forEachCommand(command: Command, act: (command: Command) => void): void {
  act(command);
  command.commands.forEach((inner) => forEachCommand(inner, act));
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

function failed(session: Session, args: readonly string[], error: unknown): ExitCode {
  // commander has told it already; help and version come this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  const { out, err, color } = session.terminal;
  if (args.includes('--json')) out.write(toJson(errorJson(error)));
  err.write(showError(error, painter(color)));
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}
