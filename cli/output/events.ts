import type { EventView } from '../../contract/http-api.ts';
import type { Paint } from './paint.ts';
import { timeOfDay } from './times.ts';

/** One decision in one line: when, who, what about, why. */
export function eventLine(event: EventView, paint: Paint): string {
  const tone = /failed|rejected|overdue|gone|exhausted|limit|throttled/.test(event.code) ? 'bad' : 'quiet';
  return [
    paint('quiet', timeOfDay(event.at)),
    event.by.padEnd(9),
    paint(tone, event.code.padEnd(18)),
    paint('strong', event.subject),
    event.message,
  ].join('  ');
}
