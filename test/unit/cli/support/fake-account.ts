/** An AWS account in memory, with one cluster in it, as far as `berth destroy` looks at accounts. */
import type { Account, ZoneRecord } from '../../../../cli/destroy/account.ts';

export function fakeAccount(over: Partial<Account> = {}) {
  const state = {
    instances: ['i-0aaaaaaaaaaaaaaaa'] as string[],
    volumes: [] as string[],
    records: [
      { name: '_berth-plan.berth.internal', type: 'TXT', ttlSeconds: 60, values: ['"plan=7"'] },
      { name: 'h-4f7k2m9x1c.berth.internal', type: 'A', ttlSeconds: 10, values: ['10.0.0.1'] },
    ] as ZoneRecord[],
    stack: 'CREATE_COMPLETE' as string | null,
    parameters: ['/berth/berth/endpoint'],
    /** What was changed, in order. */
    done: [] as string[],
  };
  const account: Account = {
    region: 'eu-central-1',
    stack: () =>
      Promise.resolve(
        state.stack === null
          ? null
          : { status: state.stack, reason: 'why', zoneId: 'Z1', tableName: 'berth-table' },
      ),
    deleteStack: () => {
      state.done.push('delete stack');
      Object.assign(state, { stack: null, parameters: [] });
      return Promise.resolve();
    },
    failures: () => Promise.resolve(['NetworkHosts: in use']),
    instances: () => Promise.resolve([...state.instances]),
    terminate: (ids) => {
      state.done.push(`terminate ${ids.join()}`);
      state.instances = state.instances.filter((id) => !ids.includes(id));
      return Promise.resolve();
    },
    volumes: () => Promise.resolve(state.volumes),
    interfaces: () => Promise.resolve([]),
    records: () =>
      Promise.resolve(state.stack === null ? null : { name: 'berth.internal', records: state.records }),
    deleteRecords: (_zone, records) => {
      const changed = records.find((one) => !state.records.includes(one));
      if (changed !== undefined) return Promise.resolve(`tried to delete ${changed.name}, which it has not`);
      state.done.push(`delete ${records.length} records`);
      state.records = state.records.filter((one) => !records.includes(one));
      return Promise.resolve(null);
    },
    parameters: () => Promise.resolve(state.parameters),
    tableExists: () => Promise.resolve(true),
    ...over,
  };
  return { account, state };
}
