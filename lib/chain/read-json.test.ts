import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOf, numberFault } from '@/lib/testing/json-oracle';
import { jsonish } from '@/lib/testing/json-texts';
import { haveVectors, VECTORS, vector } from '@/lib/testing/vectors';
import { canonicalize } from './canonical-json';
import { JsonFault, type JsonFaultCode } from './json-fault';
import { readJson, readJsonText } from './read-json';

/** The fault of a document, or undefined where it is accepted. Anything else that is thrown fails the test. */
function faultOf(read: () => unknown): JsonFault | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof JsonFault) return error;
    throw error;
  }
}
const codeOf = (source: string | Uint8Array) => faultOf(() => (typeof source === 'string' ? readJsonText(source) : readJson(source)))?.code;

describe.skipIf(!haveVectors('jsontestsuite'))('JSONTestSuite', () => {
  const files = haveVectors('jsontestsuite') ? readdirSync(path.join(VECTORS, 'jsontestsuite')) : [];
  const read = (file: string) => vector(`jsontestsuite/${file}`);
  /** What RFC 8259 allows and I-JSON, or a double, does not. */
  const REFUSED: Record<string, JsonFaultCode> = {
    'y_number.json': 'number_unsafe',
    'y_number_minus_zero.json': 'number_not_representable',
    'y_number_real_capital_e.json': 'number_unsafe',
    'y_number_real_fraction_exponent.json': 'number_unsafe',
    'y_object_duplicated_key_and_value.json': 'duplicate_key',
    'y_object_extreme_numbers.json': 'number_unsafe',
    'y_string_null_escape.json': 'nul_character',
  };

  it.each(files.filter((file) => file.startsWith('y_')))(
    'takes %s with the value of JSON.parse, or refuses it by a rule of its own',
    (file) => {
      expect(codeOf(read(file))).toBe(REFUSED[file]);
      if (!(file in REFUSED)) expect(readJson(read(file))).toEqual(JSON.parse(read(file).toString()));
    },
  );

  it.each(files.filter((file) => file.startsWith('n_')))('refuses %s', (file) => {
    expect(codeOf(read(file))).toBeDefined();
  });

  it.each(files.filter((file) => file.startsWith('i_')))('refuses %s, which implementations disagree about', (file) => {
    expect(codeOf(read(file))).toBeDefined();
  });

  it.each([
    ['number_-9223372036854775808.json', 'number_unsafe'],
    ['number_9223372036854775807.json', 'number_unsafe'],
    ['number_1e-999.json', 'number_not_representable'],
    ['number_1.0.json', undefined],
    ['number_1000000000000000.json', undefined],
    ['object_key_nfc_nfd.json', undefined],
    ['object_same_key_different_values.json', 'duplicate_key'],
    ['object_same_key_unclear_values.json', 'duplicate_key'],
    ['string_1_invalid_codepoint.json', 'utf8_invalid'],
    ['string_2_invalid_codepoints.json', 'utf8_invalid'],
    ['string_3_invalid_codepoints.json', 'utf8_invalid'],
  ])('never reads %s as something that was not written', (file, code) => {
    const got = codeOf(read(file));
    expect(got).toBe(code);
    if (code === undefined) expect(readJson(read(file))).toEqual(JSON.parse(read(file).toString()));
  });
});

describe('the strict reader', () => {
  it.skipIf(!haveVectors('blns.json'))('takes every naughty string as it is, in values and in names', () => {
    const strings: string[] = JSON.parse(vector('blns.json').toString());
    expect(strings.length).toBeGreaterThan(400);
    for (const text of strings) {
      expect(readJson(Buffer.from(JSON.stringify({ text })))).toEqual({ text });
      const named = JSON.stringify({ [`.${text}`.slice(0, 128).toWellFormed()]: 1 });
      expect(readJsonText(named)).toEqual(JSON.parse(named));
    }
  });

  it('accepts what JSON.parse accepts less the rules of I-JSON, and gives the same value', () => {
    fc.assert(
      fc.property(jsonish(), (text) => {
        const fault = faultOf(() => readJsonText(text));
        const faults = faultsOf(text);
        // Syntax can be at fault behind another fault that is met first; else the code is one that the text deserves.
        if (fault === undefined) expect([...faults]).toEqual([]);
        else expect(faults.has(fault.code as never) || faults.has('json_syntax')).toBe(true);
        if (fault === undefined) expect(readJsonText(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 4000 },
    );
  });

  it('reads every number exactly or not at all', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
    const token = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.oneof(
          fc.constant('0'),
          digits(22).map((d) => `${d}`.replace(/^0+(?=.)/, '')),
        ),
        fc.option(digits(20)),
        fc.option(fc.integer({ min: -340, max: 320 })),
      )
      .map(([sign, whole, part, exponent]) => sign + whole + (part === null ? '' : `.${part}`) + (exponent === null ? '' : `e${exponent}`));
    fc.assert(
      fc.property(
        fc.oneof(token, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.maxSafeInteger().map(String)),
        (number) => {
          expect(codeOf(`[${number}]`) ?? null).toBe(numberFault(number));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each<[string, JsonFaultCode | undefined]>([
    ['1e20', 'number_unsafe'],
    ['9e15', undefined],
    ['9.1e15', 'number_unsafe'],
    ['9007199254740991', undefined],
    ['9007199254740992', 'number_unsafe'],
    ['-9007199254740993', 'number_unsafe'],
    ['9007199254740991.0', undefined],
    ['9007199254740990.5', 'number_not_representable'],
    ['0.1', undefined],
    ['0.10000000000000000', undefined],
    ['0.1000000000000000055', 'number_not_representable'],
    ['1e400', 'number_not_representable'],
    ['1e-400', 'number_not_representable'],
    ['0e-999999999', undefined],
    ['-0', 'number_not_representable'],
    ['-0.0e5', 'number_not_representable'],
    ['5e-324', undefined],
    ['4.9e-324', 'number_not_representable'],
    ['1e999999999999', 'number_not_representable'],
  ])('number %s: %s', (token, code) => {
    expect(codeOf(token)).toBe(code);
    expect(codeOf(`{"a":[${token} ]}`)).toBe(code);
  });

  it('judges a very long number in the time that reading it takes', () => {
    const zeros = '0'.repeat(200_000);
    const began = performance.now();
    expect(codeOf(`1.${zeros}1`)).toBe('number_not_representable');
    expect(codeOf(`0.${zeros}1e${zeros.length}`)).toBeUndefined();
    expect(codeOf(`1.5${zeros}`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(2_000);
  }, 60_000);

  it('is settled by canonical JSON: reading what was written gives the same text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary', noUnicodeString: false } as never), (value) => {
        const text = canonicalize(JSON.parse(JSON.stringify(value)));
        if (faultsOf(text).size > 0) return;
        expect(canonicalize(readJson(Buffer.from(text)))).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['{"a":{"b":[0,1,{"c":1,"c":2}]}}', '/a/b/2/c', 'duplicate_key'],
    ['{"a/b":{"~x":{"__proto__":1}}}', '/a~1b/~0x/__proto__', 'forbidden_key'],
    ['{"a":[1,2,1e99]}', '/a/2', 'number_unsafe'],
    ['{"a":[{"":"\\ud800"}]}', '/a/0/', 'unpaired_surrogate'],
    ['{"a":1,"b":"x\\u0000"}', '/b', 'nul_character'],
    ['{"a":{"\\u0000":1}}', '/a', 'nul_character'],
    ['{"\\u0061":1,"a":2}', '/a', 'duplicate_key'],
    ['{"a":{"constructor":{}}}', '/a/constructor', 'forbidden_key'],
    [`{"a":{"${'k'.repeat(129)}":1}}`, '/a', 'key_too_long'],
  ])('places the fault of %s at %s', (text, pointer, code) => {
    const fault = faultOf(() => readJsonText(text));
    expect(fault?.pointer).toBe(pointer);
    expect(fault?.code).toBe(code);
  });

  it('counts members and depth to the exact limit', () => {
    const members = (n: number) => JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`m${i}`, i])));
    expect(codeOf(members(256))).toBeUndefined();
    expect(codeOf(members(257))).toBe('too_many_members');
    const nested = (n: number) => '['.repeat(n) + ']'.repeat(n);
    expect(codeOf(nested(32))).toBeUndefined();
    expect(codeOf(nested(33))).toBe('too_deep');
  });

  it('does not run out of stack on hostile nesting', () => {
    for (const unit of ['[', '{"a":', '[{"a":'])
      for (const closed of [true, false]) {
        const text = unit.repeat(1_000_000) + (closed ? '1' : '');
        expect(codeOf(text)).toBe('too_deep');
      }
  });

  it('leaves the prototype of objects alone', () => {
    expect(codeOf('{"__proto__":{"polluted":1}}')).toBe('forbidden_key');
    expect(codeOf('{"\\u005f_proto__":{"polluted":1}}')).toBe('forbidden_key');
    expect(Object.keys(readJsonText('{"toString":1,"hasOwnProperty":2,"valueOf":3}') as object)).toEqual([
      'toString',
      'hasOwnProperty',
      'valueOf',
    ]);
  });

  it('refuses text that is not well-formed, with or without an escape near it', () => {
    expect(codeOf('["\ud800"]')).toBe('unpaired_surrogate');
    expect(codeOf('["\ud800\\udc00"]')).toBe('unpaired_surrogate');
    expect(codeOf('["\\ud83d\\ude00"]')).toBeUndefined();
  });

  it('names the first byte that is not UTF-8', () => {
    const fault = (...bytes: number[]) => faultOf(() => readJson(Uint8Array.from(bytes)));
    expect(fault(0x22, 0xff, 0x22)?.message).toContain('byte 1');
    expect(fault(0x22, 0xc3, 0xa4, 0x41, 0xed, 0xa0, 0x80, 0x22)?.message).toContain('byte 4');
    expect(fault(0x22, 0x41, 0xe2, 0x82)?.message).toContain('byte 2');
    expect(fault(0xef, 0xbb, 0xbf, 0x7b, 0x7d)?.code).toBe('bom_not_allowed');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const told = /byte (\d+)/.exec(faultOf(() => readJson(bytes))?.message ?? '');
        if (told === null) return;
        // All before the named byte is well-formed text; with it, nothing that follows could mend it.
        const lenient = Buffer.from(bytes).toString('utf8');
        const good = Buffer.from(bytes.subarray(0, Number(told[1])));
        expect(good.equals(Buffer.from(good.toString('utf8')))).toBe(true);
        expect(lenient.slice(good.toString('utf8').length).startsWith('\ufffd')).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('survives any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void codeOf(bytes)),
      { numRuns: 3000 },
    );
  });
});
