/** The archives with Node and the agent, one an architecture, in the account's CDK assets bucket. */
import { Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { Architecture, HostArchive } from '../host-asset/host-archive.ts';

export class HostAssets extends Construct {
  readonly #archives: Record<Architecture, HostArchive>;
  readonly x86_64: Asset;
  readonly arm64: Asset;

  constructor(scope: Construct, id: string, archives: Record<Architecture, HostArchive>) {
    super(scope, id);
    this.#archives = archives;
    this.x86_64 = new Asset(this, 'X86', { path: archives.x86_64.path });
    this.arm64 = new Asset(this, 'Arm', { path: archives.arm64.path });
  }

  /** What `functions/handlers/shared/agent-release.ts` reads: the version, and where it lies. */
  get release(): string {
    const place = (architecture: Architecture) => ({
      bucket: this[architecture].s3BucketName,
      key: this[architecture].s3ObjectKey,
      sha256: this.#archives[architecture].sha256,
    });
    const { version } = this.#archives.x86_64;
    return Stack.of(this).toJsonString({
      version,
      archives: { x86_64: place('x86_64'), arm64: place('arm64') },
    });
  }

  /** ARNs of the two objects: the bucket holds templates and functions too, which are no business of a host. */
  get objectArns(): string[] {
    return [this.x86_64, this.arm64].map((asset) => asset.bucket.arnForObjects(asset.s3ObjectKey));
  }
}
