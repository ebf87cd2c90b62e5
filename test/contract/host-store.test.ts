/** Hosts, manifests, reports, leases: in memory and over DynamoDB, the same cases. */
import { METRIC_VALUE } from '../../contract/agent-protocol.ts';
import { expect } from '@jest/globals';
import { dynamoHostStore } from '../../functions/adapters/dynamodb/host-store.ts';
import { hostId, taskId } from '../../functions/core/model/ids.ts';
import { ConflictError } from '../../functions/usecases/errors.ts';
import type { HostStore } from '../../functions/usecases/ports.ts';
import { aHost, aLease, aManifest, anAssignment, aReport, HOST } from '../support/stored-rows.ts';
import { contractSuite, inProcess, outcomes } from '../support/contract.ts';
import type { Case } from '../support/contract.ts';
import { overDynamo } from '../support/dynamo.ts';
import { inMemoryHostStore } from '../support/in-memory/host-store.ts';

const OTHER = hostId('h-bbbbbbbbbb');

const cases: readonly Case<HostStore>[] = [
  [
    'knows nothing at first',
    async (store) => {
      expect(await store.listHosts()).toEqual([]);
      expect(await store.listManifests()).toEqual([]);
      expect(await store.listReports()).toEqual([]);
      expect(await store.listLeases()).toEqual([]);
      expect(await store.getHost(HOST)).toBeNull();
      expect(await store.getManifest(HOST)).toBeNull();
      expect(await store.getReport(HOST)).toBeNull();
    },
  ],
  [
    'gives each kind of row back as it was, one version later',
    async (store) => {
      const host = aHost({
        state: 'ready',
        instanceId: 'i-1',
        address: '10.0.0.1',
        zone: 'a',
        bootId: 'b',
        capacity: { cpuMillis: 1, memoryBytes: 2, pids: 3, diskBytes: 4, gpus: ['GPU-1'] },
      });
      const report = aReport({
        images: [
          { image: 'web:1', layers: [{ id: '0123456789ab', bytes: 7 }] },
          { image: 'empty:1', layers: [] },
        ],
        tasks: [
          {
            task: taskId('web-1-aaaaaaaa'),
            phase: 'failed',
            health: 'starting',
            attempt: 3,
            exitCode: 0,
            reason: { code: 'crash-loop', message: 'it ends again and again' },
          },
        ],
      });
      const leaving = anAssignment({
        wanted: 'drain',
        priority: 20,
        leavesFor: ['shop/api-1', 'shop/api-2'],
      });
      const manifest = aManifest({ assignments: [anAssignment(), leaving] });
      await store.putHost(host, 0);
      await store.putManifest(manifest, 0);
      await store.putReport(report, 0);
      await store.putLease(aLease());
      expect(await store.getHost(HOST)).toEqual({ ...host, version: 1 });
      expect(await store.getManifest(HOST)).toEqual({ ...manifest, version: 1 });
      expect(await store.getReport(HOST)).toEqual({ ...report, version: 1 });
      expect(await store.listHosts()).toEqual([{ ...host, version: 1 }]);
      expect(await store.listManifests()).toEqual([{ ...manifest, version: 1 }]);
      expect(await store.listReports()).toEqual([{ ...report, version: 1 }]);
      expect(await store.listLeases()).toEqual([aLease()]);
    },
  ],
  [
    'keeps hosts apart and lists them by id',
    async (store) => {
      for (const id of [OTHER, HOST]) {
        await store.putHost(aHost({ id }), 0);
        await store.putManifest(aManifest({ host: id, assignments: [] }), 0);
        await store.putLease(aLease({ host: id }));
      }
      expect((await store.listHosts()).map((host) => host.id)).toEqual([HOST, OTHER]);
      expect((await store.listLeases()).map((lease) => lease.host)).toEqual([HOST, OTHER]);
    },
  ],
  [
    'lets one of many writers of a manifest win',
    async (store) => {
      await store.putManifest(aManifest(), 0);
      const puts = [2, 3, 4, 5].map((generation) => store.putManifest(aManifest({ generation }), 1));
      expect(await outcomes(puts)).toEqual(['ConflictError', 'ConflictError', 'ConflictError', 'ok']);
      expect((await store.getManifest(HOST))?.version).toBe(2);
    },
  ],
  [
    'refuses a host row whose version is not the stored one',
    async (store) => {
      await expect(store.putHost(aHost(), 1)).rejects.toThrow(ConflictError);
      await store.putHost(aHost(), 0);
      await expect(store.putHost(aHost({ state: 'booting' }), 0)).rejects.toThrow(ConflictError);
      await store.putHost(aHost({ state: 'booting' }), 1);
      expect((await store.getHost(HOST))?.state).toBe('booting');
    },
  ],
  [
    'takes a report only when it is newer: a larger seq of the same boot, or another boot',
    async (store) => {
      await store.putReport(aReport({ seq: 5 }), 0);
      await expect(store.putReport(aReport({ seq: 5 }), 1)).rejects.toThrow(ConflictError);
      await expect(store.putReport(aReport({ seq: 4 }), 1)).rejects.toThrow(ConflictError);
      await expect(store.putReport(aReport({ seq: 6 }), 0)).rejects.toThrow(ConflictError);
      await store.putReport(aReport({ seq: 6 }), 1);
      await expect(store.putReport(aReport({ seq: 1, bootId: 'boot-2' }), 1)).rejects.toThrow(ConflictError);
      await store.putReport(aReport({ seq: 1, bootId: 'boot-2' }), 2);
      expect(await store.getReport(HOST)).toEqual(aReport({ seq: 1, bootId: 'boot-2', version: 3 }));
    },
  ],
  [
    'keeps what many tasks use, to the last digit, from the least number of their own to the most',
    async (store) => {
      const usage = Array.from({ length: 300 }, (_, index) => ({
        task: taskId(`web-${index}-aaaaaaaa`),
        cpuMillis: index,
        memoryBytes: 2 ** 40 + index,
        networkBytesPerSecond: 0,
        cpuPressurePercent: 99.9,
        metrics: { least: METRIC_VALUE.least, most: -METRIC_VALUE.most, third: 1 / 3, constructor: 1 },
        isProtected: index % 2 === 0,
      }));
      await store.putLease(aLease({ usage, load: {} }));
      expect(await store.listLeases()).toEqual([aLease({ usage, load: {} })]);
      const { usage: _, load: __, ...older } = aLease({ seq: 2 });
      await store.putLease(older);
      expect(await store.listLeases()).toEqual([older]);
    },
  ],
  [
    'takes a beat once: a repeated or earlier one of the same boot changes nothing',
    async (store) => {
      await store.putLease(aLease({ seq: 1, receivedAtMs: 10 }));
      await store.putLease(aLease({ seq: 2, receivedAtMs: 20 }));
      for (const seq of [1, 2])
        await expect(store.putLease(aLease({ seq, receivedAtMs: 25 }))).rejects.toThrow(ConflictError);
      expect(await store.listLeases()).toEqual([aLease({ seq: 2, receivedAtMs: 20 })]);
      await store.putLease(aLease({ seq: 1, receivedAtMs: 30, bootId: 'boot-2' }));
      expect(await store.listLeases()).toEqual([aLease({ seq: 1, receivedAtMs: 30, bootId: 'boot-2' })]);
    },
  ],
  [
    'removes all rows of a host at its version, and no row of it at another',
    async (store) => {
      for (const id of [HOST, OTHER]) {
        await store.putHost(aHost({ id, state: 'terminated' }), 0);
        await store.putManifest(aManifest({ host: id }), 0);
        await store.putReport(aReport({ host: id }), 0);
        await store.putLease(aLease({ host: id }));
      }
      await expect(store.removeHost(HOST, 2)).rejects.toThrow(ConflictError);
      expect(await store.getManifest(HOST)).not.toBeNull();
      await store.removeHost(HOST, 1);
      expect(await store.getHost(HOST)).toBeNull();
      expect(await store.getManifest(HOST)).toBeNull();
      expect(await store.getReport(HOST)).toBeNull();
      expect((await store.listLeases()).map((lease) => lease.host)).toEqual([OTHER]);
      expect(await store.getHost(OTHER)).not.toBeNull();
    },
  ],
  [
    'removes a host that never had a manifest, report or beat',
    async (store) => {
      await store.putHost(aHost(), 0);
      await store.removeHost(HOST, 1);
      expect(await store.listHosts()).toEqual([]);
      await expect(store.removeHost(HOST, 1)).rejects.toThrow(ConflictError);
    },
  ],
  [
    'reads every page: 120 manifests of 20 KB each',
    async (store) => {
      const assignments = Array.from({ length: 50 }, (_, slot) =>
        anAssignment({ slot, reason: 'x'.repeat(200) }),
      );
      const ids = Array.from({ length: 120 }, (_, index) => hostId(`h-${String(index).padStart(10, '0')}`));
      await Promise.all(ids.map((host) => store.putManifest(aManifest({ host, assignments }), 0)));
      const manifests = await store.listManifests();
      expect(manifests.map((manifest) => manifest.host)).toEqual(ids);
      expect(manifests[119]?.assignments).toEqual(assignments);
    },
  ],
];

contractSuite(
  'HostStore',
  [inProcess<HostStore>('in memory', inMemoryHostStore), ...overDynamo('DynamoDB', dynamoHostStore)],
  cases,
);
