import { describe, expect, it } from '@jest/globals';
import { localName, parseReference, ReferenceError } from '../../../../local/registry/reference.ts';

describe('image references of the local cloud', () => {
  it.each([
    ['shop-web', 'library/shop-web', 'latest', 'shop-web:latest'],
    ['shop-web:1.2', 'library/shop-web', '1.2', 'shop-web:1.2'],
    ['acme/shop-web', 'acme/shop-web', 'latest', 'acme/shop-web:latest'],
    ['docker.io/library/redis:7', 'library/redis', '7', 'redis:7'],
    ['library/redis', 'library/redis', 'latest', 'redis:latest'],
  ])('%s lies at %s:%s', (reference, repository, tag, local) => {
    const name = parseReference(reference);
    expect(name).toEqual({ repository, tag });
    expect(localName(name)).toBe(local);
  });

  it.each([
    ['ghcr.io/acme/web:1', 'docker tag ghcr.io/acme/web:1 acme/web:1'],
    ['localhost:5000/web', 'image: web'],
    ['localhost/web', 'image: web'],
    [`web@sha256:${'0'.repeat(64)}`, 'by a tag'],
    ['Web', 'lower case'],
    ['a:b:c', 'NAME:TAG'],
    ['', 'NAME:TAG'],
    ['../web', 'NAME:TAG'],
  ])('refuses %s and says what to do', (reference, remedy) => {
    expect(() => parseReference(reference)).toThrow(ReferenceError);
    expect(() => parseReference(reference)).toThrow(remedy);
  });
});
