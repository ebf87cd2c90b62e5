/** In an operator's words: why that host, and why none. */
import type { Choice } from './choose.ts';
import { filterOf, shareLeft, type Sitting } from './desk.ts';
import { explainRefusal, FILTERS, type Company, type FilterName, type Refusal } from './filters.ts';
import { labelOf } from './host-labels.ts';
import { rulesOf, type TaskNeeds } from './needs.ts';

/** Hosts that one filter refused, with the first of them by id as an example. */
export interface RefusalCount {
  readonly filter: FilterName;
  readonly hosts: number;
  readonly example: Refusal;
}

const MIB = 1024 * 1024;

/** Before the task is there: what the numbers say is what was compared. */
export function explainChoice(sitting: Sitting, choice: Choice): string {
  const { fleet } = sitting.desk;
  const { host } = choice;
  const cpu = shareLeft(fleet.free.cpuMillis[host], sitting.needs.cpuMillis, fleet.totalCpuMillis[host]);
  const memory = shareLeft(
    fleet.free.memoryBytes[host],
    sitting.needs.memoryBytes,
    fleet.totalMemoryBytes[host],
  );
  const free = Math.round(((cpu + memory) / 2) * 100);
  const zone =
    choice.zoneCounted && choice.decided !== 'zone' ? `${fewestInZone(sitting, host)}; there ` : '';
  return `${zone}${decidedWords(sitting, choice)} (${free} % stays free)`;
}

function decidedWords(sitting: Sitting, { host, decided, fits }: Choice): string {
  const among = `of ${fits} hosts that fit`;
  const others = sitting.desk.others[host] ?? 0;
  switch (decided) {
    case 'alone':
      return 'the only host that fits';
    case 'failed':
      return `the last task of this replica did not fail there, best ${among}`;
    case 'zone':
      return `${fewestInZone(sitting, host)}, best ${among}`;
    case 'affinity':
      return `beside ${besideOf(sitting, host).join(', ')} (affinity), best ${among}`;
    case 'host':
      return `fewest replicas of ${sitting.needs.service} (${others}) ${among}`;
    case 'image':
      return `${imageWords(sitting, host)}, ${among}`;
    case 'packing':
      return `least leftover ${among}`;
    case 'chance':
      return `by lot among equals ${among}`;
  }
}

function fewestInZone({ desk, domains, counts, needs }: Sitting, host: number): string {
  const leaf = domains.leaves[domains.leafOf[host] ?? 0];
  const candidate = desk.fleet.hosts[host];
  const values = domains.keys.map((key, level) => {
    const value = candidate === undefined ? null : labelOf(candidate, key);
    const name = key.replace('node.labels.', '');
    return `${name} ${value ?? 'not set'} (${counts[level]?.[leaf?.[level] ?? 0] ?? 0})`;
  });
  return `fewest replicas of ${needs.service} in ${values.join(', ')}`;
}

export function besideOf({ desk, needs }: Sitting, host: number): string[] {
  return rulesOf(needs).affinity.filter((name) => desk.fleet.presence(needs.stack, name).has(host));
}

export function imageWords({ missing }: Sitting, host: number): string {
  const bytes = missing?.[host] ?? 0;
  return bytes === 0 ? 'it has the image' : `least of the image to fetch (${Math.ceil(bytes / MIB)} MiB)`;
}

/** Why it fits nowhere: each filter with the hosts that it refused. Looks at every host. */
export function countRefusals(sitting: Sitting, needs: TaskNeeds): RefusalCount[] {
  const { fleet, verdict } = sitting.desk;
  const hosts = new Int32Array(FILTERS.length + 1);
  const first = new Int32Array(FILTERS.length + 1);
  for (let host = verdict.length - 1; host >= 0; host -= 1) {
    const code = verdict[host] ?? 0;
    hosts[code] = (hosts[code] ?? 0) + 1;
    first[code] = host;
  }
  return FILTERS.flatMap((filter, index) => {
    const count = hosts[index + 1] ?? 0;
    const number = first[index + 1] ?? 0;
    const host = fleet.hosts[number]?.id ?? '';
    const message = (): string =>
      explainRefusal(filter, needs, fleet, { number, company: companyOn(sitting, number) });
    return count === 0 ? [] : [{ filter, hosts: count, example: { host, filter, message: message() } }];
  });
}

export function companyOn({ desk, needs, avoidsItself }: Sitting, host: number): Company {
  const apart = [...rulesOf(needs).antiAffinity, ...(needs.avoidedBy ?? [])];
  const others = desk.others[host] ?? 0;
  const avoided = [...new Set(apart)].filter((name) =>
    name === needs.service ? avoidsItself && others > 0 : desk.fleet.presence(needs.stack, name).has(host),
  );
  return { others, avoided };
}

/** The first refusal of a host; null: it fits. */
export const refusalOn = ({ desk }: Sitting, host: number): FilterName | null => {
  const code = desk.verdict[host] ?? 0;
  return code === 0 ? null : filterOf(code);
};

/** "no host yet", or the refusals, those of one filter together. */
export function explain(refusals: readonly RefusalCount[]): string {
  if (refusals.length === 0) return 'there is no host yet';
  return [...refusals]
    .sort((a, b) => b.hosts - a.hosts)
    .map(({ filter, hosts, example }) =>
      hosts === 1
        ? `${example.host}: ${example.message}`
        : `${hosts} hosts: ${FILTER_WORDS[filter]} (${example.host}: ${example.message})`,
    )
    .join('; ');
}

const FILTER_WORDS: Readonly<Record<FilterName, string>> = {
  state: 'take no tasks now',
  pool: 'are in another pool',
  architecture: 'have another architecture',
  constraint: 'break a constraint',
  taint: 'have a taint',
  'anti-affinity': 'run what it is kept apart from',
  'max-per-host': 'have as many replicas as allowed',
  cpu: 'have too little CPU free',
  memory: 'have too little memory free',
  pids: 'have too few process ids free',
  disk: 'have too little disk free',
  ports: 'have too few host ports free',
  gpus: 'have too few GPUs free',
};
