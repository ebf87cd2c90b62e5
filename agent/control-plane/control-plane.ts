/** The port "control plane": the four calls of contract/agent-protocol.ts, as an agent makes them. */
import type {
  Beat,
  BeatReply,
  Manifest,
  Registration,
  RegistrationReply,
  Report,
  ReportReply,
} from '../../contract/agent-protocol.ts';

export interface ControlPlane {
  register(host: string, registration: Registration): Promise<RegistrationReply>;
  /** `unchanged` when the manifest still has this generation. */
  manifest(host: string, generation: number | undefined): Promise<Manifest | 'unchanged'>;
  report(host: string, report: Report): Promise<ReportReply>;
  beat(host: string, beat: Beat): Promise<BeatReply>;
}

/** The control plane refused (`status`), or did not answer or not sensibly (no `status`). */
export class ControlPlaneError extends Error {
  readonly status: number | undefined;
  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ControlPlaneError';
    this.status = options.status;
  }
}

/** True when the control plane no longer knows this host as one that registered: registering again may help. */
export const mustRegisterAgain = (error: unknown): boolean =>
  error instanceof ControlPlaneError &&
  (error.status === 404 || error.status === 409 || error.status === 410);
