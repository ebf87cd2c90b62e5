/** For any client of the SDK that shall talk to an emulator or gateway of the test: as its root user unless told. */
import type { Credentials } from './ministack.ts';

export const ROOT: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export const clientOptions = (
  { endpoint }: { readonly endpoint: string },
  credentials: Credentials = ROOT,
) => ({ endpoint, region: 'us-east-1', credentials });
