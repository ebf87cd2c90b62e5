/** A zone as the DNS server sees it, from lines like `a.shop.internal. 10 A 10.0.0.1 | 10.0.0.2`. */
import type { ServedSet, ServedZone } from '../../../../local/dns/zone-source.ts';

export function zoneOf(name: string, ...lines: string[]): ServedZone {
  const sets = lines.map((line): ServedSet => {
    const [owner = '', ttl = '', type = '', ...rest] = line.split(' ');
    return { name: owner, ttl: Number(ttl), type, values: rest.join(' ').split(' | ') };
  });
  return {
    name,
    at: (wanted) => sets.filter((set) => set.name === wanted),
    hasBelow: (parent) => sets.some((set) => set.name.endsWith(`.${parent}`)),
  };
}

export const SHOP = zoneOf(
  'shop.internal.',
  'shop.internal. 900 SOA ns-1.awsdns-1.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 10',
  'shop.internal. 172800 NS ns-1.awsdns-1.com. | ns-2.awsdns-2.net.',
  'h-a.shop.internal. 10 A 10.77.0.11',
  'h-b.shop.internal. 10 A 10.77.0.12',
  'h-b.shop.internal. 10 AAAA 2001:db8::12',
  '_http._tcp.web.shop.internal. 10 SRV 1 10 20001 h-a.shop.internal | 1 10 20002 H-B.shop.internal. | 1 10 20003 h-a.shop.internal',
  'web.shop.internal. 10 A 10.77.0.11 | 10.77.0.12',
  'plan.shop.internal. 10 TXT "plan=42" | "two \\"strings\\"" "here"',
  'www.shop.internal. 10 CNAME web.shop.internal',
  'dead.shop.internal. 10 CNAME nothing.shop.internal.',
  'away.shop.internal. 10 CNAME www.example.com.',
  'loop.shop.internal. 10 CNAME loop.shop.internal.',
  '\\052.wild.shop.internal. 10 A 10.77.0.99',
  'own.wild.shop.internal. 10 TXT "own"',
);
