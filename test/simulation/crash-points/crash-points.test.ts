/**
 * Every use-case is stopped after each external call that may change something, and after each pair of these, and run
 * again: the same end (I18). After each call whatever: `npm run soak`.
 */
import { everyPoint } from './every-point.ts';

everyPoint({ all: false, sceneMs: 180_000 });
