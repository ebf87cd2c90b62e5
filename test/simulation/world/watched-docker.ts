/** Docker as a simulated agent calls it: told to whoever watches, and hanging when it is to hang. */
import { EngineError, LABELS, type DockerEngine } from '../../../agent/docker/engine.ts';
import type { EngineCall, FakeDocker } from '../../support/fake-docker.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { Machine } from './machine.ts';
import type { Hooks } from './watch.ts';

export interface WatchedOptions {
  readonly machine: Machine;
  readonly docker: FakeDocker;
  readonly cluster: string;
  readonly scheduler: Scheduler;
  readonly hooks: Hooks;
  readonly trace: (what: string) => void;
}

/** Docker's own deadlines are longer; a hang is a hang. */
const HANG_MS = 10_000;
const FOREIGN = 'somebody-elses';

export function watchedDocker(options: WatchedOptions): DockerEngine {
  const { machine, docker, scheduler, hooks } = options;
  const identify = (id: string): { name: string; task: string | undefined } => {
    const container = docker.everything().find((each) => each.id === id);
    if (container === undefined) return { name: id, task: undefined };
    const isOurs = container.labels[LABELS.cluster] === options.cluster;
    return { name: container.name, task: isOurs ? container.labels[LABELS.task] : undefined };
  };
  const touch = (call: EngineCall, id: string, signal?: string): void => {
    const { name, task } = identify(id);
    // What is not there any more cannot be touched.
    if (name === id) return;
    options.trace(`${machine.host} ${call} ${name} ${signal ?? ''}`);
    hooks.docker({ machine, call, container: name, task, ...(signal === undefined ? {} : { signal }) });
  };
  const hang = async (call: EngineCall): Promise<void> => {
    await scheduler.sleep(HANG_MS);
    if (machine.dockerHangs) throw new EngineError('timeout', `Docker did not answer ${call} (simulated)`);
  };
  const guarded =
    <Values extends unknown[], Result>(call: EngineCall, act: (...values: Values) => Promise<Result>) =>
    (...values: Values): Promise<Result> =>
      machine.dockerHangs ? hang(call).then(() => act(...values)) : act(...values);
  return {
    about: guarded('about', docker.about),
    list: guarded('list', docker.list),
    inspect: guarded('inspect', docker.inspect),
    images: guarded('images', docker.images),
    imageLayers: guarded('imageLayers', docker.imageLayers),
    pull: guarded('pull', docker.pull),
    removeImage: guarded('removeImage', docker.removeImage),
    exec: guarded('exec', docker.exec),
    execRuns: guarded('execRuns', docker.execRuns),
    events: docker.events,
    create: guarded('create', (name: string, body: Parameters<DockerEngine['create']>[1]) => {
      options.trace(`${machine.host} create ${name}`);
      hooks.docker({ machine, call: 'create', container: name, task: body.Labels[LABELS.task] });
      return docker.create(name, body);
    }),
    start: guarded('start', (id: string) => {
      touch('start', id);
      return docker.start(id);
    }),
    kill: guarded('kill', (id: string, signal: string) => {
      touch('kill', id, signal);
      return docker.kill(id, signal);
    }),
    remove: guarded('remove', (id: string) => {
      touch('remove', id);
      return docker.remove(id);
    }),
  };
}

/** A container that is nobody's business, with a name and labels that look like ours. */
export function addForeignContainer(docker: FakeDocker): void {
  docker.addImage(FOREIGN);
  void docker.create(`berth-${FOREIGN}`, {
    Image: FOREIGN,
    Cmd: ['serves'],
    Env: [],
    Labels: { [LABELS.cluster]: 'another', [LABELS.task]: 'web-1-foreign' },
    StopTimeout: 10,
    ExposedPorts: {},
    HostConfig: {
      PortBindings: {},
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: {} },
      CapAdd: [],
      CapDrop: [],
      SecurityOpt: [],
      Privileged: false,
      CgroupnsMode: 'private',
      ReadonlyRootfs: false,
      Tmpfs: {},
      Init: false,
      PidsLimit: 100,
      CpuShares: 2,
    },
  });
}
