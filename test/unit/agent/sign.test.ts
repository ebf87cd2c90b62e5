import { Sha256 } from '@aws-crypto/sha256-js';
import { describe, expect, it } from '@jest/globals';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { signedHeaders } from '../../../agent/control-plane/sign.ts';

/** AWS's published Signature Version 4 test suite (aws-sig-v4-test-suite): these keys, this time, this service. */
const SUITE = {
  keys: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  nowMs: Date.parse('2015-08-30T12:36:00Z'),
  service: 'service',
  region: 'us-east-1',
};
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

describe('signatures', () => {
  it.each([
    {
      name: 'get-vanilla',
      signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    },
    {
      name: 'get-vanilla-query-order-key-case',
      path: '/?Param2=value2&Param1=value1',
      signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    },
    {
      name: 'post-vanilla',
      method: 'POST',
      signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    },
    {
      name: 'post-x-www-form-urlencoded',
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'Param1=value1',
      signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    },
  ])(
    'are those of the test suite: $name',
    ({ method = 'GET', path = '/', headers, body = '', signature }) => {
      const url = new URL(path, 'https://example.amazonaws.com');
      const signed = signedHeaders({ ...SUITE, method, url, headers: { ...headers }, body });
      expect(signed.authorization).toContain(`Signature=${signature}`);
    },
  );

  it('are those of the test suite with temporary keys: post-sts-header-before', () => {
    const keys = { ...SUITE.keys, sessionToken: TOKEN };
    const url = new URL('https://example.amazonaws.com/');
    const headers = signedHeaders({ ...SUITE, keys, method: 'POST', url, headers: {}, body: '' });
    expect(headers.authorization).toContain(
      'Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    );
    expect(headers['x-amz-security-token']).toBe(TOKEN);
  });

  it("equal those of AWS's own library, whatever the path, query, headers and body", async () => {
    const marks = Array.from('aZ9-._~$+ %:@&=!*()\'"é漢');
    // Empty segments are left out: no path of ours has any, and the library folds them.
    const segment = fc.string({ unit: fc.constantFrom(...marks), minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { maxLength: 4 }),
        fc.dictionary(
          segment.filter((name) => name !== ''),
          segment,
          { maxKeys: 3 },
        ),
        fc.string(),
        fc.constantFrom('execute-api', 'ssm'),
        async (segments, query, body, service) => {
          const url = new URL('http://10.77.0.1:4566/');
          url.pathname = segments.join('/');
          for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
          const ours = signedHeaders({
            ...SUITE,
            service,
            method: 'PUT',
            url,
            headers: { 'content-type': 'application/json', 'if-none-match': '"7"' },
            body,
          });
          const signer = new SignatureV4({
            service,
            region: SUITE.region,
            credentials: SUITE.keys,
            sha256: Sha256,
            applyChecksum: false,
          });
          const theirs = await signer.sign(
            new HttpRequest({
              method: 'PUT',
              hostname: url.hostname,
              path: url.pathname,
              query,
              headers: { host: url.host, 'content-type': 'application/json', 'if-none-match': '"7"' },
              body,
            }),
            { signingDate: new Date(SUITE.nowMs) },
          );
          expect(ours.authorization).toBe(theirs.headers.authorization);
        },
      ),
    );
  });

  it('are over the path as it is sent, encoded once more', () => {
    const at = (path: string): string | undefined =>
      signedHeaders({
        ...SUITE,
        method: 'GET',
        url: new URL(path, 'http://10.77.0.1:4566'),
        headers: {},
        body: '',
      }).authorization;
    expect(at('/_aws/execute-api/abc/$default/v1')).not.toBe(at('/_aws/execute-api/abc/%24default/v1'));
  });
});
