/**
 * What is asked of containers and what they say, on a cloud of its own: health checks, probes, words on their socket, and
 * what of Compose is seen in Docker. Beside cloud.test.ts, as these cases take a minute and a half and change no host.
 */
import { composeCases } from './cases/compose.ts';
import { healthCases } from './cases/health.ts';
import { probeCases } from './cases/probes.ts';
import { oneCloud } from './support/one-cloud.ts';

const cloud = oneCloud('containers', { dnsTtlSeconds: 5, beatMs: 15_000 });

healthCases(cloud);
probeCases(cloud);
composeCases(cloud);
