/** What the test suites share and must not install side by side: the emulator's Python environment. */
import { dirname } from 'node:path';
import { ensureEmulator } from './emulator/install.ts';
import { DEFAULT_CLOUD, planCloud } from './plan.ts';

await ensureEmulator(planCloud(DEFAULT_CLOUD.name, DEFAULT_CLOUD.index, dirname(import.meta.dirname)));
