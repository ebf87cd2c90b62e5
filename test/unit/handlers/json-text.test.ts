import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { faultInJson } from '../../../functions/handlers/shared/json-text.ts';

const told = (text: string): string | undefined => {
  const fault = faultInJson(text);
  return fault && `${fault.path}: ${fault.message}`;
};

describe('what JSON.parse passes over in silence', () => {
  it.each([
    ['{"a":1,"a":2}', 'a: the name is given twice'],
    ['{"a":1,"\\u0061":2}', 'a: the name is given twice'],
    ['{"a":{"b":[{}, {"c":1, "c":2}]}}', 'a.b[1].c: the name is given twice'],
    ['[{"x y":{"z":"}","z":1}}]', '[0]["x y"].z: the name is given twice'],
    ['{"__proto__":{"admin":true}}', '__proto__: this name cannot be stored'],
    ['{"a":{"__pro\\u0074o__":1}}', 'a.__proto__: this name cannot be stored'],
    ['['.repeat(51), ': the document is nested more than 50 levels deep'],
    [`[${'1,'.repeat(50_001)}1]`, ': the document has more than 50000 values'],
  ])('%.60s', (text, fault) => {
    expect(told(text)).toBe(fault);
  });

  it.each([
    ['names again elsewhere', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}'],
    ['names inside texts', '{"a":"\\",\\"a\\":1","b":"{\\"a\\":1,\\"a\\":2}"}'],
    ['what only looks like a prototype', '{"constructor":1,"toString":2,"proto":3}'],
    ['fifty levels', '['.repeat(50) + ']'.repeat(50)],
    ['a text that ends in a backslash', '{"a":"b\\\\","c":"d"}'],
  ])('says nothing about %s', (_what, text) => {
    expect(faultInJson(text)).toBeUndefined();
  });

  it('says nothing about what JSON.stringify writes', () => {
    const value = fc.jsonValue({ maxDepth: 5 });
    fc.assert(
      fc.property(value, (any) => {
        const text = JSON.stringify(any);
        if (text.includes('__proto__')) return;
        expect(faultInJson(text)).toBeUndefined();
      }),
    );
  });

  it('answers whatever the text is', () => {
    const unit = fc.constantFrom(...Array.from('{}[]:,"\\\\a1 '), '"a"', '"a":', '\\u00');
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (parts) => void faultInJson(parts.join(''))),
      { numRuns: 1000 },
    );
  });
});
