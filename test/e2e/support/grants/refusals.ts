/** What AWS refused to a function, by the function's own log: the emulator's CloudTrail records no refusals. */
import type { Cloud } from '../../../../local/cloud.ts';
import { createEmulatorClient } from '../../../../local/ec2/emulator/client.ts';
import { loopbackEndpoint } from '../../../../local/plan.ts';
import type { FunctionPrincipal } from './principals.ts';

/** As AWS words it; the SDK's error carries it, and every error that ends an invocation is logged. */
const REFUSAL = /not authorized to perform|AccessDenied|UnauthorizedOperation/;

interface Page {
  readonly events: readonly { readonly message: string }[];
  readonly nextToken?: string;
}

/** Lines of all functions' logs that tell of a refusal: `Api: {...}`. */
export async function refusalsTold(
  { plan }: Cloud,
  functions: readonly FunctionPrincipal[],
): Promise<readonly string[]> {
  const client = createEmulatorClient({
    endpoint: loopbackEndpoint(plan.ports.relay),
    region: plan.region,
  });
  const told: string[] = [];
  for (const { name, logGroup } of functions) {
    let page: Page | undefined;
    let lines = 0;
    do {
      const input = { logGroupName: logGroup, ...(page?.nextToken && { nextToken: page.nextToken }) };
      page = (await client.json('logs', 'Logs_20140328.FilterLogEvents', input)) as Page;
      lines += page.events.length;
      for (const { message } of page.events) if (REFUSAL.test(message)) told.push(`${name}: ${message}`);
    } while (page.nextToken !== undefined);
    if (lines === 0) throw new Error(`${name} has logged nothing in ${logGroup}`);
  }
  return told;
}
