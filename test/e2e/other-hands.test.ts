/**
 * What happens to a cluster by other hands, on a cloud of its own: somebody publishes another agent, a container attacks,
 * an operator ends it all. Not in hosts.test.ts, whose last case judges the calls of all others. Probes are here because
 * there is time for them.
 */
import { destroyCases } from './cases/destroy.ts';
import { hostileCases } from './cases/hostile.ts';
import { probeCases } from './cases/probes.ts';
import { upgradeCases } from './cases/upgrade.ts';
import { oneCloud } from './support/one-cloud.ts';

const cloud = oneCloud('hands', { dnsTtlSeconds: 3, beatMs: 15_000 });

upgradeCases(cloud);
hostileCases(cloud);
probeCases(cloud);
destroyCases(cloud); // last: nothing is left after it
