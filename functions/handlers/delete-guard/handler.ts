/** Entry of the `delete-guard` function: CloudFormation asks it before anything else of the stack is deleted. */
import * as z from 'zod';
import { answerCustomResource } from '../../adapters/cloudformation/custom-resource.ts';
import { ec2Clients } from '../../adapters/ec2/clients.ts';
import { listInstances } from '../../adapters/ec2/host-launcher.ts';
import { route53Clients } from '../../adapters/route53/client.ts';
import { route53ServiceDirectory } from '../../adapters/route53/service-directory.ts';
import { createLogger } from '../../platform/logger.ts';
import { schedule } from '../../platform/middy/schedule.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { guardDeletion } from '../../usecases/guard-deletion.ts';
import { config } from './config.ts';

const customResourceRequest = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
});

const env = parseEnv(config);
const logger = createLogger('delete-guard');
const clients = ec2Clients();
const guard = guardDeletion({
  launcher: { list: () => listInstances(clients, env.CLUSTER) },
  directory: route53ServiceDirectory({ clients: route53Clients(), zoneId: env.ZONE_ID }),
  cluster: env.CLUSTER,
  zone: env.ZONE_NAME,
});

export const handler = schedule({
  logger,
  handle: async (event) => {
    const request = customResourceRequest.parse(event);
    const asked = request.RequestType === 'Delete';
    // Not to know is no leave to delete.
    const failure = asked
      ? await guard().catch((error: unknown) => `could not look: ${String(error)}`)
      : null;
    if (failure !== null) logger.warn('the stack may not be deleted', { failure });
    await answerCustomResource(request, failure);
  },
});
