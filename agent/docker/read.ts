/** Docker's replies, read into the port's words. Docker is trusted to be Docker: absent fields read as empty. */
import type { Container, ContainerHealth, ContainerState, ListedContainer } from './engine.ts';

type Json = Readonly<Record<string, unknown>>;

export const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Docker's default grace when a container names none (`StopTimeout` null). */
const DEFAULT_STOP_SECONDS = 10;

export function readListed(value: unknown): ListedContainer {
  const item = object(value);
  return {
    id: text(item.Id),
    name: text(list(item.Names)[0]).replace(/^\//, ''),
    labels: labels(item.Labels),
    state: state(text(item.State)),
    health: listedHealth(text(item.Status)),
  };
}

export function readContainer(value: unknown): Container {
  const item = object(value);
  const now = object(item.State);
  const config = object(item.Config);
  const health = object(now.Health);
  const seconds = config.StopTimeout;
  return {
    id: text(item.Id),
    name: text(item.Name).replace(/^\//, ''),
    labels: labels(config.Labels),
    state: state(text(now.Status)),
    health: healthWord(text(health.Status)),
    exitCode: number(now.ExitCode),
    oomKilled: now.OOMKilled === true,
    error: text(now.Error),
    healthOutput: text(object(list(health.Log).at(-1)).Output),
    finishedAt: text(now.FinishedAt),
    startedAt: text(now.StartedAt),
    pid: number(now.Pid),
    address: address(item.NetworkSettings),
    stopSignal: text(config.StopSignal) || 'SIGTERM',
    stopGraceMs: (typeof seconds === 'number' ? seconds : DEFAULT_STOP_SECONDS) * 1000,
  };
}

/** By network since API 1.44; the older field stands for the default bridge alone. */
function address(settings: unknown): string {
  const { Networks, IPAddress } = object(settings);
  const addresses = Object.values(object(Networks)).map((network) => text(object(network).IPAddress));
  return addresses.find((each) => each !== '') ?? text(IPAddress);
}

function labels(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(object(value)).map(([key, label]) => [key, text(label)]));
}

function state(word: string): ContainerState {
  switch (word) {
    case 'created':
    case 'exited':
    case 'dead':
    case 'removing':
      return word;
    default:
      return 'running'; // running, paused, restarting
  }
}

function healthWord(word: string): ContainerHealth {
  return word === 'starting' || word === 'healthy' || word === 'unhealthy' ? word : 'none';
}

/** The list tells health only in its status text: `Up 5 seconds (healthy)`, `(health: starting)`, `(unhealthy)`. */
function listedHealth(status: string): ContainerHealth {
  return healthWord(/\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1] ?? '');
}
