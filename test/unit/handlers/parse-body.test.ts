import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { BODY_MAX_BYTES } from '../../../contract/http-api.ts';
import { RequestError } from '../../../functions/handlers/shared/error-reply.ts';
import { checkSize, parseJson } from '../../../functions/handlers/shared/parse-body.ts';

const schema = z.strictObject({
  name: z.string(),
  ports: z.array(z.strictObject({ target: z.int().max(65_535) })).optional(),
});

function refused(work: () => unknown): RequestError {
  try {
    work();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('it was taken');
}
const parse = (text: string | Buffer) => parseJson(Buffer.from(text), schema);

describe('a JSON body', () => {
  it('that fits is taken', () => {
    expect(parse('{"name":"wäb","ports":[{"target":80}]}')).toEqual({ name: 'wäb', ports: [{ target: 80 }] });
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"name":'],
    ['two documents', '{"name":"a"}{}'],
    ['bytes that are no UTF-8', Buffer.from('{"name":"w\xe4b"}', 'latin1')],
    ['YAML', 'name: a'],
  ])('that is no JSON is refused with a remedy: %s', (_what, text) => {
    const { status, code, message, problems } = refused(() => parse(text));
    expect([status, code]).toEqual([400, 'invalid-request']);
    expect(message).toMatch(/^the body is not JSON: ./);
    expect(problems).toEqual([{ path: '', message: expect.any(String), remedy: expect.any(String) }]);
  });

  it('that does not fit is refused with every problem at its path, and what to do', () => {
    const error = refused(() =>
      parse('{"name":7,"nme":1,"port":2,"ports":[{"target":1},{"target":70000,"x":1}]}'),
    );
    expect([error.status, error.code]).toEqual([400, 'invalid-request']);
    expect(error.problems.map(({ path }) => path).toSorted()).toEqual([
      'name',
      'nme',
      'port',
      'ports[1].target',
      'ports[1].x',
    ]);
    expect(error.problems.filter(({ remedy = '' }) => remedy === '')).toEqual([]);
  });

  it('that is no object is refused as a whole', () => {
    for (const text of ['null', '[]', '"name"', '7'])
      expect(refused(() => parse(text)).problems.map(({ path }) => path)).toEqual(['']);
  });

  it('cannot reach the prototype of anything', () => {
    expect(refused(() => parse('{"name":"a","__proto__":{"admin":true}}')).code).toBe('invalid-request');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('the size of a body', () => {
  it('may be the limit and not a byte more', () => {
    expect(() => checkSize(Buffer.alloc(BODY_MAX_BYTES))).not.toThrow();
    const error = refused(() => checkSize(Buffer.alloc(BODY_MAX_BYTES + 1)));
    expect([error.status, error.code]).toEqual([413, 'body-too-large']);
    expect(error.message).toContain(String(BODY_MAX_BYTES + 1));
    expect(error.problems[0]?.remedy).toMatch(/./);
  });

  it('is looked at before what is in it', () => {
    expect(refused(() => parse(Buffer.alloc(BODY_MAX_BYTES + 1, '{'))).status).toBe(413);
  });
});
