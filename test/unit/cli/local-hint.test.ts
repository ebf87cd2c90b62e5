import { describe, expect, it } from '@jest/globals';
import { EngineError } from '../../../agent/docker/engine.ts';
import { explainPull } from '../../../agent/docker/pull-failure.ts';
import { localHint } from '../../../cli/watch/local-hint.ts';

const failed = (platform?: string): string => {
  const pull = { image: 'nobody/has:this', host: 'h-1', ...(platform === undefined ? {} : { platform }) };
  return `web-1 failed 3 times: ${explainPull(new EngineError('refused', 'no'), pull).message}`;
};

describe('an image that cannot be pulled', () => {
  it.each([undefined, 'linux/arm64'])(
    'on the local cloud, for %s: says where its images come from',
    (platform) => {
      const hint = localHint({ source: 'local-file' }, failed(platform));
      expect(hint).toContain("this machine's Docker Engine");
      expect(hint).toContain('docker tag nobody/has:this NAME');
    },
  );

  it('elsewhere, or for another reason: says nothing', () => {
    expect(localHint({ source: 'parameter' }, failed())).toBe('');
    expect(localHint({ source: 'local-file' }, 'web-1 failed 3 times: Exited with code 1')).toBe('');
  });
});
