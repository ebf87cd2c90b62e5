/** The archives with Node and the agent, one an architecture, in the account's CDK assets bucket. */
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { Architecture, HostArchive } from '../host-asset/host-archive.ts';

export class HostAssets extends Construct {
  readonly x86_64: Asset;
  readonly arm64: Asset;

  constructor(scope: Construct, id: string, archives: Record<Architecture, HostArchive>) {
    super(scope, id);
    this.x86_64 = new Asset(this, 'X86', { path: archives.x86_64.path });
    this.arm64 = new Asset(this, 'Arm', { path: archives.arm64.path });
  }

  /** ARNs of the two objects: the bucket holds templates and functions too, which are no business of a host. */
  get objectArns(): string[] {
    return [this.x86_64, this.arm64].map((asset) => asset.bucket.arnForObjects(asset.s3ObjectKey));
  }
}
