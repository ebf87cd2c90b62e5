import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ScaleTimeline } from '../../contract/scale-api.ts';
import { getAutoscale, getTimeline, serviceName } from '../api/routes.ts';
import { badInput } from '../cli-error.ts';
import { parseDurationMs } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { showAutoscale, showTimeline } from '../output/autoscale.ts';
import { drawTimeline } from '../output/autoscale-svg.ts';
import type { CommonOptions, Host } from './verb.ts';
import { tell, verb } from './verb.ts';

interface HistoryOptions extends CommonOptions {
  readonly since: string;
  readonly svg?: string;
}

/** `berth autoscale status|history SERVICE`: what the autoscaler sees, decides, and did. */
export function autoscaleCommand({ session, finish }: Host): Command {
  const status = verb('status', 'Show bounds, loads and what the autoscaler makes of them now', [
    'berth autoscale status shop/web',
    'berth autoscale status shop/web --json | jq .reason',
  ])
    .argument('<service>', 'stack and service, such as shop/web')
    .action(async (service: string, options: CommonOptions) => {
      const name = serviceName(service);
      const answer = await getAutoscale(await session.connect(options), name);
      tell(session, options, answer, (paint) => showAutoscale(answer, paint));
      finish(EXIT.ok);
    });
  const history = verb('history', 'Show how load, replicas and hosts went, and why', [
    'berth autoscale history shop/web',
    'berth autoscale history shop/web --since 24h --svg web.svg',
  ])
    .argument('<service>', 'stack and service, such as shop/web')
    .option('--since <duration>', 'so far back; two weeks are kept', '1h')
    .option('--svg <file>', 'draw it into this file')
    .action(async (service: string, options: HistoryOptions) => {
      const name = serviceName(service);
      const sinceMs = session.nowMs() - parseDurationMs(options.since);
      const answer = await getTimeline(await session.connect(options), name, sinceMs);
      if (options.svg !== undefined) draw(resolve(session.cwd, options.svg), answer);
      tell(session, options, answer, (paint) => showTimeline(answer, paint));
      finish(EXIT.ok);
    });
  return new Command('autoscale')
    .description('Show what the autoscaler of a service does, and why')
    .addCommand(status)
    .addCommand(history);
}

function draw(path: string, timeline: ScaleTimeline): void {
  if (timeline.points.length === 0)
    throw badInput(
      'there is nothing to draw in that time',
      'look further back with --since, such as --since 24h',
    );
  try {
    writeFileSync(path, drawTimeline(timeline));
  } catch (error) {
    throw badInput(`${path} cannot be written: ${(error as Error).message}`);
  }
}
