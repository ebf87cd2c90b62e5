/**
 * The control plane as functions/handlers wire it: each function a process of its own with the real stores over the model
 * of DynamoDB, the real adapters over those of EC2 and Route 53, on a clock that moves when somebody sleeps.
 */
import type { ClusterSettings } from '../../functions/core/model/cluster.ts';
import { agentRoutes } from '../../functions/handlers/agent-api/routes.ts';
import { apiRoutes } from '../../functions/handlers/api/routes.ts';
import { storesOver } from '../../functions/handlers/shared/stores.ts';
import { cryptoIds } from '../../functions/platform/ids.ts';
import { openSocket, answerHello } from '../../functions/usecases/answer-doorbell.ts';
import type { Doorbell } from '../../functions/usecases/ports.ts';
import { provisionHosts } from '../../functions/usecases/provision-hosts.ts';
import { reconcileCluster } from '../../functions/usecases/reconcile-cluster.ts';
import { registerRecords } from '../../functions/usecases/register-records.ts';
import { tick } from '../../functions/usecases/tick.ts';
import { createDynamoModel } from '../../test/support/dynamo-model/dynamo-model.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { noGraphs } from '../../test/support/no-graphs.ts';
import { createCallCounter } from './calls.ts';
import { CLUSTER, createBenchCloud } from './cloud.ts';
import { createBenchZone } from './zone.ts';
import { pendingWakes } from './wakes.ts';

export const ZONE = 'berth.internal';
export const AGENT_VERSION = '0.1.0';
export const HOST_ROLE = { name: 'berth-host', id: 'AROAHOST' } as const;

const CONFIG = {
  CLUSTER,
  TABLE_NAME: 'berth',
  WAKE_QUEUE_URL: 'none',
  ZONE_NAME: ZONE,
  PRICE_SOURCE: 'synthetic' as const,
  SECURITY_GROUPS: [],
  HOST_ROLE_NAME: HOST_ROLE.name,
  HOST_ROLE_ID: HOST_ROLE.id,
};
const ARCHIVE = { bucket: 'assets', key: `${AGENT_VERSION}.tar.gz`, sha256: '0'.repeat(64) };
const RELEASE = { version: AGENT_VERSION, archives: { x86_64: ARCHIVE, arm64: ARCHIVE } };

export type ControlPlane = ReturnType<typeof createControlPlane>;

/** @param zoneSetsMax the account's quota of record sets in a zone */
export function createControlPlane(zoneSetsMax: number) {
  const clock = fakeClock();
  const counter = createCallCounter();
  const dynamo = createDynamoModel();
  const cloud = createBenchCloud(clock, counter);
  const zone = createBenchZone(ZONE, clock, counter, zoneSetsMax);
  const wakes = pendingWakes(clock, counter);
  const post = (): Promise<'rung'> => {
    counter.count('API Gateway PostToConnection');
    return Promise.resolve('rung');
  };
  const doorbell: Doorbell = { ring: post, answer: post };
  const process = () => ({
    ...storesOver({ client: dynamo.client, table: CONFIG.TABLE_NAME, clock, release: RELEASE }),
    wakes,
    clock,
    ids: cryptoIds,
    zone: ZONE,
  });
  const { directory: store, ...ofRegister } = process();
  const [ofDoorbell, operator, ofProvision, ofTick] = [process(), process(), process(), process()];
  return {
    clock,
    counter,
    dynamo,
    cloud,
    zone,
    wakes,
    loops: {
      reconcile: reconcileCluster({ ...process(), doorbell }),
      register: registerRecords({ ...ofRegister, store, directory: zone.directory }),
      provision: provisionHosts({
        ...ofProvision,
        launcher: cloud.launcher,
        pricing: { source: 'synthetic' },
      }),
    },
    tick: tick({ ...ofTick, load: ofTick.loadEventually }),
    api: apiRoutes(CONFIG, 'us-east-1', {
      ...process(),
      priceSource: CONFIG.PRICE_SOURCE,
      securityGroups: [],
    }),
    agentApi: agentRoutes(CONFIG, { ...process(), graphs: noGraphs }),
    doorbell: {
      open: openSocket(ofDoorbell),
      hello: (connection: string, host: string) => answerHello(ofDoorbell)(doorbell, connection, host),
    },
    /** For the bench itself: setting up, and looking. */
    ports: operator,
    configure: (settings: ClusterSettings) => operator.cluster.put(settings, null, 0),
  };
}
