import { Resolver } from 'node:dns/promises';
import { expect, it } from '@jest/globals';
import { startDns } from '../../../../local/dns/dns.ts';
import type { ServedSet } from '../../../../local/dns/zone-source.ts';

it("answers Node's own resolver, which refuses SRV targets that are compressed (RFC 2782)", async () => {
  const name = '_http._tcp.web.shop.berth.internal.';
  const sets: ServedSet[] = [
    { name, type: 'SRV', ttl: 10, values: ['0 1 20000 h-a.berth.internal', '0 1 20001 h-b.berth.internal'] },
    { name: 'h-a.berth.internal.', type: 'A', ttl: 10, values: ['10.77.0.11'] },
    { name: 'h-b.berth.internal.', type: 'A', ttl: 10, values: ['10.77.0.12'] },
  ];
  const zone = {
    name: 'berth.internal.',
    at: (at: string) => sets.filter((set) => set.name === at),
    hasBelow: () => false,
  };
  const port = 20_000 + (process.pid % 10_000);
  const dns = await startDns({ addresses: [{ address: '127.0.0.1', port }], zones: () => [zone] });
  try {
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    const targets = await resolver.resolveSrv(name);
    expect(targets.map((target) => `${target.name}:${target.port}`).sort()).toEqual([
      'h-a.berth.internal:20000',
      'h-b.berth.internal:20001',
    ]);
    expect(await resolver.resolve4('h-b.berth.internal')).toEqual(['10.77.0.12']);
  } finally {
    await dns.close();
  }
});
