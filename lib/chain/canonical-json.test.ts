import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { haveVectors, VECTORS, vector } from '@/lib/testing/vectors';
import { canonicalize, canonicalString, type JsonValue } from './canonical-json';

describe('canonical JSON', () => {
  it.skipIf(!haveVectors('jcs/testdata')).each(['arrays', 'french', 'structures', 'unicode', 'values', 'weird'])(
    'writes the published example %s byte for byte',
    (name) => {
      const input: JsonValue = JSON.parse(vector(`jcs/testdata/input/${name}.json`).toString());
      const text = Buffer.from(canonicalize(input));
      expect(text.equals(vector(`jcs/testdata/output/${name}.json`))).toBe(true);
      const hex = vector(`jcs/testdata/outhex/${name}.txt`).toString().replaceAll(/\s+/g, '');
      expect(text.toString('hex')).toBe(hex);
    },
  );

  it.skipIf(!haveVectors('jcs/testdata'))('has seen every published example', () => {
    expect(readdirSync(path.join(VECTORS, 'jcs/testdata/input')).length).toBe(6);
  });

  it.skipIf(!haveVectors('jcs/es6testfile-10k.txt'))('writes 10,000 published doubles as ECMAScript does', () => {
    const view = new DataView(new ArrayBuffer(8));
    let count = 0;
    for (const line of vector('jcs/es6testfile-10k.txt').toString().trimEnd().split('\n')) {
      const [hex, expected] = line.split(',');
      view.setBigUint64(0, BigInt(`0x${hex}`));
      if (canonicalize(view.getFloat64(0)) !== expected)
        throw new Error(`${hex}: ${canonicalize(view.getFloat64(0))} instead of ${expected}`);
      count++;
    }
    expect(count).toBe(10_000);
  });

  it('sorts members by UTF-16 code units, not by code points or bytes', () => {
    // U+1F600 is D83D DE00 in UTF-16: before U+FB33, though its code point and its UTF-8 are greater.
    expect(canonicalize({ '\u{fb33}': 1, '\u{1f600}': 2, '\r': 3, '1': 4, é: 5, Z: 6, a: 7 })).toBe(
      '{"\\r":3,"1":4,"Z":6,"a":7,"é":5,"\u{1f600}":2,"\u{fb33}":1}',
    );
  });

  it('uses the short escapes and leaves everything else as it is', () => {
    expect(canonicalString('\b\t\n\f\r"\\/\u0000\u001f\u007f\u2028é\u{1f600}')).toBe(
      '"\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f\u007f\u2028é\u{1f600}"',
    );
  });

  it('refuses what has no JSON form', () => {
    for (const value of [undefined, () => 1, Symbol('x'), 1n, Number.NaN, Number.POSITIVE_INFINITY, { a: undefined }, [undefined]]) {
      expect(() => canonicalize(value as unknown as JsonValue)).toThrow(TypeError);
    }
  });

  it('refuses lone surrogates in values and in names, each time', () => {
    for (let i = 0; i < 2; i++) {
      expect(() => canonicalize('\ud800')).toThrow(TypeError);
      expect(() => canonicalize({ 'a\udc00': 1 })).toThrow(TypeError);
    }
  });

  it('depends on the value alone, not on the order in which it was built', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalize(turned as JsonValue)).toBe(canonicalize(object as JsonValue));
      }),
    );
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = canonicalize(value as JsonValue);
        expect(canonicalize(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('remembers member names without mixing them up, past the bound of its memory', () => {
    for (let i = 0; i < 10_000; i++) expect(canonicalize({ [`n"${i}`]: i })).toBe(`{"n\\"${i}":${i}}`);
    expect(canonicalize({ 'n"1': 1 })).toBe('{"n\\"1":1}');
  });
});
