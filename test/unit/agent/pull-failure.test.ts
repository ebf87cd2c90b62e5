/** Docker's words, as its versions 20.10 to 28 say them, and what a reader gets. */
import { describe, expect, it } from '@jest/globals';
import { EngineError } from '../../../agent/docker/engine.ts';
import { explainPull } from '../../../agent/docker/pull-failure.ts';

const HUB = 'registry-1.docker.io';
const explained = (words: string, platform?: string): string =>
  explainPull(new EngineError('refused', words), {
    image: 'shop-web:2',
    host: 'h-abc123',
    ...(platform === undefined ? {} : { platform }),
  }).message;

describe('a failed pull', () => {
  it.each([
    [
      `Get "https://${HUB}/v2/": dial tcp: lookup ${HUB} on 10.77.0.1:53: no such host`,
      `the host does not reach ${HUB}`,
      'must be pushed first',
    ],
    [
      `Get "https://${HUB}/v2/": dial tcp: lookup ${HUB}: Temporary failure in name resolution`,
      `the host does not reach ${HUB}`,
      'must be pushed first',
    ],
    [
      `Get "https://${HUB}/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
      'the host does not reach its registry',
      'check the name',
    ],
    [
      'Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused',
      'the host does not reach its registry',
      'check the name',
    ],
    [
      'Docker did not answer POST /v1.41/images/create within 120000 ms',
      'the host does not reach its registry',
      'check the name',
    ],
    [
      "pull access denied for shop-web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      'its registry has no such repository, or wants a login',
      'hosts log in to no registry',
    ],
    ['Head "https://ghcr.io/v2/a/manifests/1": unauthorized', 'or wants a login', 'Check the name'],
    [
      'manifest for shop-web:2 not found: manifest unknown: manifest unknown',
      'its registry has no such tag or digest',
      'Push it',
    ],
    [
      'failed to resolve reference "docker.io/library/shop-web:2": docker.io/library/shop-web:2: not found',
      'no such tag',
      'Push it',
    ],
    [
      'no matching manifest for linux/arm64/v8 in the manifest list entries',
      'it is not built for linux/arm64/v8',
      'docker buildx build --platform',
    ],
    [
      'toomanyrequests: You have reached your pull rate limit.',
      'limits how much is pulled',
      'registry of your own',
    ],
    [
      'failed to register layer: write /lib/libc.so: no space left on device',
      'the disk of the host is full',
      'smaller image',
    ],
    [
      'Get "https://10.0.0.1:5000/v2/": http: server gave HTTP response to HTTPS client',
      'does not trust its registry',
      'HTTPS',
    ],
    ['something new', 'Docker refused', 'docker pull'],
  ])('%s', (words, what, remedy) => {
    const told = explained(words);
    expect(told).toMatch(/^The image shop-web:2 cannot be pulled on h-abc123: /);
    expect(told).toContain(what);
    // In short: the innermost of what went wrong.
    const inner = words.replace(/\.$/, '').replace(/^\w+ "[^"]*": (?:dial tcp: )?/, '');
    expect(told).toContain(`(Docker: ${inner})`);
    expect(told).toContain(remedy);
  });

  it('names the platform that was asked for', () => {
    expect(explained('x', 'linux/arm64')).toMatch(/^The image shop-web:2 \(linux\/arm64\) cannot be pulled/);
  });

  it('keeps Docker’s words short and on one line, whatever they are', () => {
    const told = explained(`Error response from daemon: a\n  b ${'x'.repeat(5000)}`);
    expect(told).toContain('(Docker: a b xxx');
    expect(told.length).toBeLessThan(600);
    expect(told).not.toContain('\n');
  });

  it('keeps the kind, by which the agent knows that Docker gave no answer', () => {
    expect(explainPull(new EngineError('timeout', 'late'), { image: 'a', host: 'h' }).kind).toBe('timeout');
    expect(explainPull('text', { image: 'a', host: 'h' })).toMatchObject({ kind: 'refused' });
  });
});
