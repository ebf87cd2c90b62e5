/** An agent with nothing behind it: it registers, beats, and reports of each task that it is as wanted. */
import type { HostManifest } from '../../../functions/core/model/task.ts';
import type { ControlPlane } from '../world/control-plane.ts';
import type { AgentCall } from '../world/network.ts';
import type { Scheduler } from '../engine/scheduler.ts';

export interface LittleAgentOptions {
  readonly scheduler: Scheduler;
  readonly controlPlane: Pick<ControlPlane, 'functions' | 'onEnded'>;
  readonly host: string;
  readonly instanceId: string;
  readonly address: string;
  readonly zone: string;
  /** The instance runs, and nothing is wrong with it. */
  readonly isOn: () => boolean;
}

const AGAIN_MS = 5000;
const ROUND_MS = 15_000;
const ABOUT = { bootId: 'boot-0001', agentVersion: '0.1.0' } as const;

/** Resolves when the instance is off. */
export async function runLittleAgent(options: LittleAgentOptions): Promise<void> {
  const { scheduler, controlPlane, host, instanceId, isOn } = options;
  const caller = { host, instanceId };
  const ask = async (call: AgentCall): Promise<{ readonly value: unknown } | null> => {
    const ended = await controlPlane.functions.agentApi.invoke(call);
    controlPlane.onEnded('agent-api', ended);
    return ended.kind === 'done' ? ended : null;
  };
  while (isOn() && (await ask({ kind: 'register', caller, body: registration(options) })) === null)
    await scheduler.sleep(AGAIN_MS);
  let [seq, reported, told] = [0, 0, ''];
  while (isOn()) {
    const manifest = (await ask({ kind: 'manifest', caller, known: null }))?.value as
      HostManifest | undefined;
    const tasks = (manifest?.assignments ?? []).map(({ task, wanted }) => ({
      task,
      phase: wanted === 'stop' ? ('stopped' as const) : ('running' as const),
      health: wanted === 'stop' ? ('starting' as const) : ('healthy' as const),
      attempt: 1,
    }));
    const now = JSON.stringify([manifest?.generation, tasks]);
    if (manifest !== undefined && now !== told) {
      const { generation } = manifest;
      const facts = { dockerAnswers: true, images: [], generation, tasks };
      if (await ask({ kind: 'report', caller, body: { ...ABOUT, seq: (reported += 1), ...facts } }))
        told = now;
    }
    const usage = { cpuPercent: 1, memoryPercent: 2, diskPercent: 3, silent: [], answering: [] };
    const known = { generation: manifest?.generation ?? 0, reportSeq: reported };
    await ask({ kind: 'beat', caller, body: { ...ABOUT, seq: (seq += 1), ...known, ...usage } });
    await scheduler.sleep(ROUND_MS);
  }
}

const registration = ({ instanceId, address, zone }: LittleAgentOptions) => ({
  ...ABOUT,
  instanceId,
  address,
  zone,
  instanceType: 't3.small',
  architecture: 'x86_64' as const,
  capacity: { cpuMillis: 2000, memoryBytes: 2 * 2 ** 30, pids: 30_000, diskBytes: 2 ** 34 },
  docker: { version: '28.0.0', apiVersion: '1.48', cgroupVersion: '2' as const, storageDriver: 'overlay2' },
});
