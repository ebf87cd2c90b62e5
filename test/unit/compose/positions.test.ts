/** All problems at once, each with path, line, column and remedy, sorted by position. */
import { describe, expect, it } from '@jest/globals';
import { accept, refuse } from './documents.ts';

const at = (text: string, options = {}) =>
  refuse(text, options).map(({ line, column, path }) => `${line}:${column} ${path}`);

it('tells five unknown keys at different depths', () => {
  const document = `name: shop
servces: {}
services:
  web:
    image: shop-web
    wishes: dragons
    ports:
      - target: 80
        nam: http
    healthcheck:
      test: ["CMD", "a"]
      intervall: 5s
    deploy:
      resources:
        limits:
          memroy: 64m
`;
  expect(refuse(document)).toEqual([
    {
      path: 'servces',
      line: 2,
      column: 1,
      message: '`servces` is no property of Compose at this place',
      remedy: 'did you mean `services`?',
    },
    {
      path: 'services.web.wishes',
      line: 6,
      column: 5,
      message: '`wishes` is no property of Compose at this place',
      remedy: 'remove it, or begin its name with `x-` if another program reads it',
    },
    {
      path: 'services.web.ports[0].nam',
      line: 9,
      column: 9,
      message: '`nam` is no property of Compose at this place',
      remedy: 'did you mean `name`?',
    },
    {
      path: 'services.web.healthcheck.intervall',
      line: 12,
      column: 7,
      message: '`intervall` is no property of Compose at this place',
      remedy: 'did you mean `interval`?',
    },
    {
      path: 'services.web.deploy.resources.limits.memroy',
      line: 16,
      column: 11,
      message: '`memroy` is no property of Compose at this place',
      remedy: 'did you mean `memory`?',
    },
  ]);
});

it('says where a known property belongs', () => {
  expect(refuse('name: a\nservices: {web: {image: a, replicas: 2}}')).toMatchObject([
    { path: 'services.web.replicas', remedy: '`replicas` belongs at `services.*.deploy.replicas`' },
  ]);
});

it('mixes refused properties, bad values and missing ones in the order of the document', () => {
  const document = `services:
  web:
    build: .
    ports: ["8080:80", 99999]
  db:
    image: postgres:17
    volumes: ["data:/var/lib/postgresql"]
    environment:
      PASSWORD: \${PASSWORD}
volumes:
  data:
`;
  expect(at(document)).toEqual([
    '1:1 ',
    '2:3 services.web',
    '3:5 services.web.build',
    '4:13 services.web.ports[0]',
    '4:24 services.web.ports[1]',
    '7:5 services.db.volumes',
    '9:17 services.db.environment.PASSWORD',
    '10:1 volumes',
  ]);
});

it('points into what an anchor stands for', () => {
  const document = `name: a
x-base: &base
  image: a
  build: .
services:
  one: *base
  two:
    <<: *base
    image: b
`;
  expect(at(document)).toEqual(['4:3 services.one.build', '4:3 services.two.build']);
});

it('counts lines of any ending and columns of characters', () => {
  expect(at('name: a\r\nservices:\r\n  ä: {image: a}\r\n')).toEqual(['3:3 services["ä"]']);
});

describe('names', () => {
  const services = 'services: {web: {image: a}}';

  it.each([
    ['Shop', 'no DNS label'],
    ['my_shop', 'no DNS label'],
    ['-a', 'no DNS label'],
    ['a'.repeat(64), 'no DNS label'],
    ['a.b', 'no DNS label'],
    ['""', 'no DNS label'],
    ['12', 'must be a text, is a number'],
    ['${NAME}', 'variables are not filled in yet'],
  ])('%s is refused', (name, why) => {
    expect(refuse(`name: ${name}\n${services}`)).toMatchObject([
      { path: 'name', line: 1, column: 7, message: expect.stringContaining(why), remedy: expect.any(String) },
    ]);
  });

  it('is needed, unless the caller knows it', () => {
    expect(refuse(services)).toMatchObject([
      { path: '', line: 1, column: 1, message: 'the stack has no name' },
    ]);
    expect(accept(services, { name: 'shop' }).spec.name).toBe('shop');
  });

  it('must be the one that the caller knows', () => {
    expect(accept(`name: shop\n${services}`, { name: 'shop' }).spec.name).toBe('shop');
    expect(refuse(`name: shop\n${services}`, { name: 'other' })).toMatchObject([
      { path: 'name', line: 1, column: 7, message: 'the document is named `shop`, but was sent as `other`' },
    ]);
  });

  it('of services are DNS labels', () => {
    expect(at('name: a\nservices:\n  web_1: {image: a}\n  Api: {image: a}\n  ok: {image: a}')).toEqual([
      '3:3 services.web_1',
      '4:3 services.Api',
    ]);
  });

  it('twice the same are a problem with both places', () => {
    expect(refuse('name: a\nservices:\n  web: {image: a}\n  api: {image: a}\n  web: {image: b}\n')).toEqual([
      {
        path: 'services.web',
        line: 5,
        column: 3,
        message: '`web` is given twice; the first time in line 3',
        remedy: 'keep one of them',
      },
    ]);
  });
});

describe('the whole', () => {
  it.each([
    ['name: a', '1:1 '],
    ['name: a\nservices: {}', '2:11 services'],
    ['name: a\nservices:', '2:10 services'],
    ['name: a\nservices: []', '2:11 services'],
    ['name: a\nservices: {web: }', '2:17 services.web'],
    ['name: a\nservices: {web: {}}', '2:12 services.web'],
    ['[a]', '1:1 '],
    ['a', '1:1 '],
  ])('%j is refused', (document, where) => {
    expect(at(document)).toContain(where);
  });

  it('warns of `version`', () => {
    expect(accept('version: "3.9"\nname: a\nservices: {web: {image: a}}').warnings).toEqual([
      {
        path: 'version',
        line: 1,
        column: 10,
        message: '`version` is obsolete and has no meaning',
        remedy: 'remove it',
      },
    ]);
  });

  it('keeps to the limits of a stack', () => {
    const services = (count: number) =>
      `name: a\nservices:\n${Array.from({ length: count }, (_, i) => `  s${i}: {image: a}\n`).join('')}`;
    expect(Object.keys(accept(services(100)).spec.services)).toHaveLength(100);
    expect(refuse(services(101))).toMatchObject([
      { message: 'the stack has 101 services; at most 100 are allowed' },
    ]);
  });

  it('gives equal specs for equal content in another order', () => {
    const one = 'name: a\nservices:\n  b: {image: x, labels: {d: 1, c: 2}}\n  a: {image: y}\n';
    const two = 'services:\n  a: {image: y}\n  b: {labels: [c=2, d=1], image: x}\nname: a\n';
    expect(JSON.stringify(accept(one).spec)).toBe(JSON.stringify(accept(two).spec));
  });
});
