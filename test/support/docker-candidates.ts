/** The implementations of the port "Docker engine", each made ready for the same cases. */
import { systemClock } from '../../agent/clock.ts';
import { createDockerEngine } from '../../agent/docker/docker-engine.ts';
import type { DockerEngine } from '../../agent/docker/engine.ts';
import { createFakeDocker } from './fake-docker.ts';
import { HEALTH_TEST, play } from './programs.ts';
import { startRealDocker } from './real-docker.ts';
import { loadTestImage } from './test-image.ts';

export interface DockerCandidate {
  readonly engine: DockerEngine;
  /** The same engine as another cluster's agent sees it. */
  readonly other: Pick<DockerEngine, 'list'>;
  /** An engine that is not there. */
  readonly absent: DockerEngine;
  /** An image that only a registry has, and one that nobody has. */
  readonly pullable: string;
  readonly unknown: string;
  /** An image with a health check of its own, which `becomesHealthy` passes. */
  readonly checkedImage: string;
  close(): Promise<void>;
}

export const dockerCandidates: Record<string, () => Promise<DockerCandidate>> = {
  'in memory': () => {
    const engine = createFakeDocker({ clock: systemClock, cluster: 'test', play });
    const absent = createFakeDocker({ clock: systemClock, cluster: 'test', play });
    absent.setDown(true);
    engine.addImage('berth-test');
    engine.addImage('berth-checked', { checked: true });
    engine.addToRegistry('registry/pullable:1');
    return Promise.resolve({
      engine,
      other: engine.seenBy('other'),
      absent,
      pullable: 'registry/pullable:1',
      unknown: 'registry/unknown:1',
      checkedImage: 'berth-checked',
      close: () => Promise.resolve(),
    });
  },
  real: async () => {
    const docker = await startRealDocker();
    const health = `HEALTHCHECK --interval=100ms --retries=1 ${HEALTH_TEST[0]} ${JSON.stringify(HEALTH_TEST.slice(1))}`;
    await loadTestImage(docker.socketPath, 'berth-checked:latest', [health]);
    await docker.publish('berth-test', `${docker.registry}/pullable:1`);
    const engineOf = (cluster: string): DockerEngine =>
      createDockerEngine({ socketPath: docker.socketPath, cluster });
    return {
      engine: engineOf('test'),
      other: engineOf('other'),
      absent: createDockerEngine({ socketPath: '/nonexistent/docker.sock', cluster: 'test' }),
      pullable: `${docker.registry}/pullable:1`,
      unknown: `${docker.registry}/unknown:1`,
      checkedImage: 'berth-checked',
      close: () => docker.remove(),
    };
  },
};
