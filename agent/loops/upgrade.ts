/**
 * Brings the version of the agent onto this host that its manifest asks for: fetch, check, put on trial, end. The service
 * manager then starts `launch.sh`, and that the new version; containers run on meanwhile.
 *
 * In: the manifest in the store, while the control plane answers (a manifest from the disk may be an old wish).
 * Out: `failure` for the next report; a restart when the new version is in place.
 * Fails: never; what cannot be had now is tried again, what failed is not until it is asked for anew.
 */
import type { AgentFailure, WantedAgent } from '../../contract/agent-protocol.ts';
import { createBell, jitteredDelayMs, type Clock } from '../clock.ts';
import { messageOf, type Log } from '../log.ts';
import { WrongArchive, type Upgrades } from '../upgrade/upgrades.ts';
import type { Store } from './store.ts';

export interface UpgradeLoopOptions {
  /** Undefined: this host was booted without what upgrades take. */
  readonly upgrades: Upgrades | undefined;
  readonly running: string;
  readonly store: Pick<Store, 'get'>;
  readonly online: () => boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** `failure` changed. */
  readonly onChange: () => void;
}

export interface UpgradeLoop {
  run(): Promise<void>;
  /** The manifest, or whether the control plane answers, may have changed. */
  look(): void;
  /** The control plane took a report of this version: it works. */
  confirm(): void;
  failure(): AgentFailure | undefined;
}

const RETRY = { baseMs: 5000, capMs: 60_000 };
/** Between two tries to confirm: the disk may be full for a moment. */
const CONFIRM_AGAIN_MS = 1000;
/** More than it takes to end in good order. */
const RESTART_MS = 60_000;
const LONGEST_REASON = 500;

export function createUpgradeLoop(options: UpgradeLoopOptions): UpgradeLoop {
  const { upgrades, running, store, clock, log, signal } = options;
  const bell = createBell(clock, signal);
  let failure: AgentFailure | undefined;
  let isProven = false;
  let isConfirmed = false;
  let failures = 0;

  const setFailure = (next: AgentFailure | undefined): void => {
    if (JSON.stringify(next) === JSON.stringify(failure)) return;
    failure = next;
    options.onChange();
  };

  /** What is to be done now. */
  const wish = (): WantedAgent | undefined => {
    const wanted = store.get().manifest?.agent;
    if (!options.online() || wanted === undefined) return undefined;
    if (failure !== undefined && failure.request !== wanted.request) {
      // Another wish: what failed before is told no more.
      failures = 0;
      setFailure(undefined);
    }
    if (wanted.version === running || failure?.final === true) return undefined;
    return wanted;
  };

  const prepare = async (wanted: WantedAgent): Promise<void> => {
    log.info('upgrade', { from: running, to: wanted.version, request: wanted.request });
    const here = await bring(wanted, upgrades);
    // The wish may have changed while the archive came.
    if (wish()?.request !== wanted.request) return;
    await here.putOnTrial(wanted);
    log.info('upgrade-on-trial', { version: wanted.version, trialMs: wanted.trialMs });
    here.restart();
    await clock.sleep(RESTART_MS, signal); // this process ends meanwhile
  };

  const fulfil = async (wanted: WantedAgent): Promise<void> => {
    try {
      await prepare(wanted);
    } catch (error) {
      const reason = messageOf(error).slice(0, LONGEST_REASON);
      const final = error instanceof WrongArchive;
      log.warn('upgrade-failed', { version: wanted.version, final, failures: ++failures, error: reason });
      setFailure({ version: wanted.version, request: wanted.request, final, reason });
      if (!final) await clock.sleep(jitteredDelayMs(failures, RETRY, options.random), signal);
    }
  };

  const confirm = async (): Promise<void> => {
    try {
      await upgrades?.confirm();
      isConfirmed = true;
    } catch (error) {
      log.warn('upgrade-not-confirmed', { error: messageOf(error) });
      await clock.sleep(CONFIRM_AGAIN_MS, signal);
    }
  };

  return {
    run: async () => {
      setFailure(await upgrades?.refusal());
      while (!signal.aborted) {
        // A version is first known to work before another one takes its place.
        if (isProven && !isConfirmed) await confirm();
        else {
          const wanted = isConfirmed ? wish() : undefined;
          await (wanted === undefined ? bell.wait() : fulfil(wanted));
        }
      }
    },
    look: () => (isConfirmed && wish() !== undefined ? bell.ring() : undefined),
    confirm: () => {
      if (!isProven) bell.ring();
      isProven = true;
    },
    failure: () => failure,
  };
}

/** Has the version lie on this host, whole and checked. Resolves with the port. */
async function bring(wanted: WantedAgent, upgrades: Upgrades | undefined): Promise<Upgrades> {
  if (upgrades === undefined)
    throw new WrongArchive('this host was booted by a version that cannot upgrade it: drain it');
  if (await upgrades.has(wanted.version)) return upgrades;
  if (wanted.archive === undefined)
    throw new WrongArchive(`version ${wanted.version} is no longer on this host`);
  await upgrades.fetch(wanted.version, wanted.archive);
  return upgrades;
}
