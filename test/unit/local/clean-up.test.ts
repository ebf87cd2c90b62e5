import { describe, expect, it } from '@jest/globals';
import { mountsBelow } from '../../../local/clean-up.ts';

const MOUNTS = `24 1 254:0 / / rw - ext4 /dev/vda rw
50 24 0:40 / /p/.berth/local/hosts/i-1/upper rw - tmpfs tmpfs rw
51 24 0:41 / /p/.berth/local2/hosts/i-1/upper rw - tmpfs tmpfs rw
52 50 0:42 / /p/.berth/local/hosts/i-1/upper/m rw - overlay overlay rw
53 24 0:43 / /my\\040clone/.berth/local/hosts/i-2/upper rw - tmpfs tmpfs rw`;

describe('mounts below a folder', () => {
  it('are those of this cloud only, the inner one first', () => {
    expect(mountsBelow('/p/.berth/local', MOUNTS)).toEqual([
      '/p/.berth/local/hosts/i-1/upper/m',
      '/p/.berth/local/hosts/i-1/upper',
    ]);
  });

  it('are found where the path has a blank', () => {
    expect(mountsBelow('/my clone/.berth/local', MOUNTS)).toEqual(['/my clone/.berth/local/hosts/i-2/upper']);
  });
});
