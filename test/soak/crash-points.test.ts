/** Every use-case, stopped after each external call and after each pair of calls, and run again: the same end (I18). */
import { everyPoint } from '../simulation/crash-points/every-point.ts';

everyPoint({ all: true, sceneMs: 15 * 60_000 });
