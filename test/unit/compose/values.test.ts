import { describe, expect, it } from '@jest/globals';
import { parseByteSize } from '../../../compose/values/byte-size.ts';
import { parseCapability } from '../../../contract/rules/capabilities.ts';
import { parseCpuMillis } from '../../../compose/values/cpus.ts';
import { resolveDollars } from '../../../compose/values/dollar.ts';
import { parseDuration } from '../../../compose/values/duration.ts';
import { nearest } from '../../../compose/values/nearest.ts';
import { parseShellWords } from '../../../compose/values/shell-words.ts';
import { isSignal } from '../../../contract/rules/signals.ts';
import { isTmpfsOption } from '../../../contract/rules/tmpfs-options.ts';

describe('durations', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['1ms', 1],
    ['1s', 1000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['1s500ms', 1500],
    ['1000us', 1],
    ['0.3s', 300],
    ['1.001s', 1001],
    ['0.1m', 6000],
    ['1s1s', 2000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toEqual({ kind: 'duration', ms });
  });

  it.each([
    ['', /must be a duration/],
    ['10', /must be a duration/],
    ['-1s', /must be a duration/],
    ['1 s', /must be a duration/],
    ['1S', /must be a duration/],
    ['s', /must be a duration/],
    ['.5s', /must be a duration/],
    ['1y', /must be a duration/],
    ['1e3s', /must be a duration/],
    ['100us', /whole milliseconds/],
    ['1.0005s', /whole milliseconds/],
    ['0.0000001s', /whole milliseconds/],
    ['99999999999w', /292 years/],
    ['1s'.repeat(51), /must be a duration/],
  ])('%j is none', (text, why) => {
    expect(parseDuration(text)).toEqual({ kind: 'bad', why: expect.stringMatching(why) });
  });
});

it.each([
  ['0', 0],
  ['100', 100],
  ['100b', 100],
  ['1k', 1024],
  ['64m', 67_108_864],
  ['64M', 67_108_864],
  ['64mb', 67_108_864],
  ['64MiB', 67_108_864],
  ['1g', 1_073_741_824],
  ['1.5g', 1_610_612_736],
  ['.5k', 512],
  ['1 g', 1_073_741_824],
  ['2t', 2 * 1024 ** 4],
  ['', undefined],
  ['m', undefined],
  ['-1m', undefined],
  ['1x', undefined],
  ['1mm', undefined],
  ['1bb', undefined],
  ['1 2m', undefined],
  ['9999999p', undefined],
])('size %j is %p bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

it.each([
  ['1', 1000],
  ['0.5', 500],
  ['.25', 250],
  ['2.', 2000],
  ['0.001', 1],
  ['0.0010', 1],
  ['0', 0],
  ['0.0001', undefined],
  ['', undefined],
  ['.', undefined],
  ['-1', undefined],
  ['1e2', undefined],
  ['50%', undefined],
  ['9'.repeat(21), undefined],
])('%j CPUs are %p thousandths', (text, millis) => {
  expect(parseCpuMillis(text)).toBe(millis);
});

describe('commands', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['   ', []],
    ['echo hi', ['echo', 'hi']],
    ['a  b\tc\nd', ['a', 'b', 'c', 'd']],
    [`sh -c 'a "b" c'`, ['sh', '-c', 'a "b" c']],
    [`sh -c "a 'b' c"`, ['sh', '-c', "a 'b' c"]],
    [`a"b c"d`, ['ab cd']],
    [`''`, ['']],
    [`a '' b`, ['a', '', 'b']],
    ['a\\ b', ['a b']],
    ['a\\nb', ['anb']],
    ['"a\\tb"', ['atb']],
    [`'a\\tb'`, ['a\\tb']],
    ['"a\\"b"', ['a"b']],
    ['echo $HOME #x', ['echo', '$HOME', '#x']],
    [`sh -c 'a; b && c | d > e'`, ['sh', '-c', 'a; b && c | d > e']],
  ])('%j is split', (line, words) => {
    expect(parseShellWords(line)).toEqual({ kind: 'words', words });
  });

  it.each([
    ['a; b', /`;` outside quotes/],
    ['a && b', /`&` outside quotes/],
    ['a | b', /`\|` outside quotes/],
    ['a > b', /`>` outside quotes/],
    ['$(a)', /`\(` outside quotes/],
    ['`a`', /backquote outside quotes/],
    [`a 'b`, /open quote/],
    ['a "b', /open quote/],
    ['a\\', /backslash/],
  ])('%j is none', (line, why) => {
    expect(parseShellWords(line)).toEqual({ kind: 'bad', why: expect.stringMatching(why) });
  });
});

describe('dollar signs', () => {
  it.each([
    ['a', 'a'],
    ['$$', '$'],
    ['$$$$', '$$'],
    ['$${A}', '${A}'],
    ['$$A', '$A'],
    ['cost: 5$', 'cost: 5$'],
    ['$1 $- $.', '$1 $- $.'],
  ])('%j means %j', (text, meaning) => {
    expect(resolveDollars(text)).toEqual({ kind: 'plain', text: meaning });
  });

  it.each([
    ['$A', '$A'],
    ['a $b_1c d', '$b_1c'],
    ['${A:-b} $C', '${A:-b}'],
    ['$$$A', '$A'],
    ['${', '${'],
    ['${}', '${}'],
    ['${A', '${A'],
  ])('%j holds the variable %j', (text, variable) => {
    expect(resolveDollars(text)).toEqual({ kind: 'variable', variable });
  });
});

it.each([
  ['imge', 'image'],
  ['enviroment', 'environment'],
  ['Image', 'image'],
  ['prts', 'ports'],
  ['zz', undefined],
  ['x', undefined],
  ['completely_other', undefined],
])('%s may have meant %s', (word, meant) => {
  expect(nearest(word, ['image', 'environment', 'ports', 'init'])).toBe(meant);
});

it.each([
  ['SIGTERM', true],
  ['term', true],
  ['9', true],
  ['64', true],
  ['SIGRTMIN+3', true],
  ['RTMAX-14', true],
  ['0', false],
  ['65', false],
  ['SIGNOT', false],
  ['RTMIN+16', false],
  ['', false],
])('%j is a signal: %p', (text, is) => {
  expect(isSignal(text)).toBe(is);
});

it.each([
  ['NET_ADMIN', 'NET_ADMIN'],
  ['cap_net_admin', 'NET_ADMIN'],
  ['ALL', 'ALL'],
  ['NET_WISH', undefined],
])('capability %s is %s', (text, name) => {
  expect(parseCapability(text)).toBe(name);
});

it.each([
  ['noexec', true],
  ['size=1m', true],
  ['mode=1777', true],
  ['size', false],
  ['size=', false],
  ['colour=red', false],
])('%s is a mount option of tmpfs: %p', (option, is) => {
  expect(isTmpfsOption(option)).toBe(is);
});
