/** Fills `infra/user-data.sh` in for one architecture. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aws } from 'aws-cdk-lib';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { HostArchive } from '../host-asset/host-archive.ts';

export const USER_DATA_FILE = join(import.meta.dirname, '../user-data.sh');

export interface UserDataProps {
  readonly cluster: string;
  readonly archive: HostArchive;
  readonly asset: Asset;
}

/** EC2 takes 16 KB, before base64. */
const USER_DATA_MAX_BYTES = 16 * 1024;

/**
 * The script with its placeholders (`@NAME@`) filled in; bucket, key and domain stay tokens until the stack is deployed.
 * @throws Error when the script has a placeholder that nothing fills, or lacks one that has a value.
 */
export function userData({ cluster, archive, asset }: UserDataProps): string {
  const values: Record<string, string> = {
    CLUSTER: cluster,
    VERSION: archive.version,
    SHA256: archive.sha256,
    BUCKET: asset.s3BucketName,
    KEY: asset.s3ObjectKey,
    URL_SUFFIX: Aws.URL_SUFFIX,
  };
  const script = readFileSync(USER_DATA_FILE, 'utf8');
  const used = new Set<string>();
  const filled = script.replaceAll(/@([A-Z0-9_]+)@/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`user-data.sh: nothing fills ${placeholder}`);
    used.add(name);
    return value;
  });
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`user-data.sh: no placeholder for ${unused.join(', ')}`);
  // Tokens are short stand-ins here; their values (a bucket's name, a digest) add less than a kilobyte.
  if (Buffer.byteLength(filled) > USER_DATA_MAX_BYTES - 1024)
    throw new Error('user-data.sh is too long for EC2');
  return filled;
}
