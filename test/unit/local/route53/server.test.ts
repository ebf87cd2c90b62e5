import { describe, expect, it } from '@jest/globals';
import { isLoopback } from '../../../../local/route53/server.ts';

describe('the control path', () => {
  it.each(['127.0.0.1', '127.0.0.53', '::1', '::ffff:127.0.0.1'])('is open to %s', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(['10.77.0.11', '10.77.0.1', '::ffff:10.77.0.11', '172.31.127.1', '::11', undefined])(
    'is closed to %s',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});
