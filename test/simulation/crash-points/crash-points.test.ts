/**
 * Every use-case crashes after each external call that may change something, and after each pair of these, and is run
 * again: the same end (I18). After each call whatever: `npm run soak`.
 */
import { everyPoint } from './every-point.ts';

everyPoint({ all: false, sceneMs: 180_000 });
