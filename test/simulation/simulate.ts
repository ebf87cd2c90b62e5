/**
 * `npm run simulate`: bad days of simulated clusters, until so many cluster-hours are done or an invariant breaks. A
 * failing day is told by its seed, shrunk, and printed as it goes into test/simulation/named-days.test.ts.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runCampaign, DAY_HOURS, type Campaign } from './campaign.ts';
import { planDay } from './plan/plan.ts';
import { runDay, type DayResult } from './run-day.ts';
import { shrink } from './shrink.ts';

const HELP = `npm run simulate -- [--hours N] [--seed TEXT] [--day TEXT] [--keep-going] [--workers N] [--json]

  --hours N      cluster-hours to run; 100 unless told. An hour counts with 10 hosts, a fault and a deploy.
  --seed TEXT    the days are TEXT-1, TEXT-2, ...; another one each time unless told
  --day TEXT     run this one day, and print the end of its trace
  --keep-going   after a day that broke an invariant too: tells each, and shrinks none
  --workers N    processes; as many as there are cores, at most 2, unless told
  --json         print the result as one JSON object
  --help         this text

Exits with 1 when an invariant broke.
`;

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '100' },
    seed: { type: 'string', default: Date.now().toString(36) },
    day: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} ${text}: a whole number above 0 is needed`);
  process.exit(2);
};

if (values.help) console.log(HELP);
else if (values.day !== undefined) await oneDay(values.day);
else await campaign();

async function oneDay(seed: string): Promise<void> {
  const result = await runDay(planDay(seed, DAY_HOURS), { keep: 80 });
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(result.trace.join('\n'));
    console.log(
      `${seed}: ${result.clusterHours} cluster-hours, ${result.events} events, trace ${result.hash}`,
    );
  }
  if (result.violation) await explain(result);
}

async function campaign(): Promise<void> {
  const hours = whole('hours', values.hours);
  const keepGoing = values['keep-going'];
  let toldMs = 0;
  let broken = 0;
  const progress = (sum: Campaign): void => {
    if (keepGoing && !values.json)
      for (const { seed, violation } of sum.failed.slice(broken))
        console.log(`day ${seed} broke ${violation?.invariant}: ${violation?.message}`);
    broken = sum.failed.length;
    if (values.json || performance.now() - toldMs < 5000) return;
    toldMs = performance.now();
    console.log(`${sum.clusterHours} of ${hours} cluster-hours, ${rate(sum)} a second`);
  };
  if (!values.json) console.log(`seed ${values.seed}`);
  const workers = whole('workers', values.workers);
  const sum = await runCampaign({ hours, seed: values.seed, workers, keepGoing, onDay: progress });
  if (values.json) console.log(JSON.stringify(sum));
  else print(sum);
  if (keepGoing) process.exitCode = sum.failed.length > 0 ? 1 : 0;
  else for (const failed of sum.failed) await explain(failed);
}

function rate({ clusterHours, seconds }: Campaign): string {
  return (clusterHours / Math.max(seconds, 0.001)).toFixed(1);
}

function print(sum: Campaign): void {
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  console.log(`${sum.clusterHours} cluster-hours in ${sum.seconds.toFixed(1)} s (${rate(sum)} a second)`);
  console.log(`${sum.days} days, ${sum.hours} hours, ${sum.events} events, ${sum.deploys} deploys accepted`);
  console.log(`faults: ${list(sum.faults)}`);
  console.log(`invariants checked: ${list(sum.checked)}`);
}

async function explain({ seed, violation }: DayResult): Promise<void> {
  process.exitCode = 1;
  if (violation === undefined || values.json) return;
  console.log(`\nday ${seed} broke ${violation.invariant}: ${violation.message}`);
  console.log('it is shrunk');
  const { day, tries } = await shrink(planDay(seed, DAY_HOURS), violation.invariant);
  const { violation: left, trace } = await runDay(day, { keep: 40 });
  console.log(trace.join('\n'));
  console.log(`${day.actions.length} actions are left after ${tries} tries: ${left?.message ?? ''}`);
  console.log(JSON.stringify(day));
}
