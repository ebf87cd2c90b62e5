/** `.berth/<cloud>.json`: where things are, kept true while hosts come and go, so that scripts find and enter them. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CloudPlan } from './plan.ts';

export interface Whereabouts {
  /** Of the deployed HTTP API, without a trailing slash. */
  readonly endpoint: string;
  readonly region: string;
  /** Where the parts of this AWS answer, by the id in AWS_ENDPOINT_URL_<ID>; `default` for all others. */
  readonly aws: Readonly<Record<'default' | 'EC2' | 'ROUTE_53', string>>;
  /** Name of the hosted zone. */
  readonly zone: string;
  readonly dns: { readonly address: string; readonly port: number };
  readonly hosts: readonly HostWhereabouts[];
}

export interface HostWhereabouts {
  /** Berth's name of the host (tag `berth:host`); the instance id for an instance that has no such tag. */
  readonly id: string;
  readonly instanceId: string;
  readonly address: string;
  /** The host's first process, as seen from outside: `nsenter -t PID` enters it, `kill -9 PID` is a power cut. */
  readonly initPid: number;
}

/** Replaces the file in one step: a reader sees the old text or the new one. */
export function writeWhereabouts(plan: CloudPlan, whereabouts: Whereabouts): void {
  const { file } = plan.paths;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(whereabouts, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
