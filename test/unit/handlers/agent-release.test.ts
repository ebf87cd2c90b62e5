import { describe, expect, it } from '@jest/globals';
import { agentRelease } from '../../../functions/handlers/shared/agent-release.ts';

const archive = { bucket: 'cdk-assets-1', key: 'abc.tar.gz', sha256: 'a'.repeat(64) };
const release = { version: '0.1.0-3f2a9c1b7d04', archives: { x86_64: archive, arm64: archive } };

describe('the published agent in the environment', () => {
  it('is a version and two archives', () => {
    expect(agentRelease.parse(JSON.stringify(release))).toEqual(release);
  });

  it.each([
    ['no JSON', '{'],
    ['another version name', JSON.stringify({ ...release, version: '../current' })],
    ['no archive of one architecture', JSON.stringify({ ...release, archives: { x86_64: archive } })],
    [
      'a digest that is none',
      JSON.stringify({ ...release, archives: { x86_64: archive, arm64: { ...archive, sha256: 'A' } } }),
    ],
  ])('is refused with %s', (_, text) => {
    expect(agentRelease.safeParse(text).success).toBe(false);
  });
});
