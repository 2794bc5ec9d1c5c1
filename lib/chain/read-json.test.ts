import { readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOf, numberFault } from '@/lib/testing/json-oracle';
import { haveVectors, VECTORS, vector } from '@/lib/testing/vectors';
import { canonicalize } from './canonical-json';
import { JsonFault, type JsonFaultCode } from './json-fault';
import { type JsonItem, readJson, readJsonArray, readJsonText, readNdjson } from './read-json';

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

describe('a batch', () => {
  const codes = (items: JsonItem[]) => items.map((item) => ('fault' in item ? item.fault.code : item.value));

  it('judges each element on its own and goes on behind one that breaks a rule', () => {
    const text = ' [ {"a":1} , {"a":1,"a":{"x":"]}\\""}} ,2, [1e400,[3]], "\\ud800" ,{"b":"z"} ] ';
    expect(codes(readJsonArray(text))).toEqual([
      { a: 1 },
      'duplicate_key',
      2,
      'number_not_representable',
      'unpaired_surrogate',
      { b: 'z' },
    ]);
    expect(codes(readJsonArray('[]'))).toEqual([]);
  });

  it('gives pointers within the element', () => {
    const [, item] = readJsonArray('[1,{"a":[{"b":1,"b":2}]}]');
    expect('fault' in item && item.fault.pointer).toBe('/a/0/b');
  });

  it('refuses the whole where syntax is at fault, behind a broken rule too: where the next element starts would be a guess', () => {
    for (const text of [
      '[1,2',
      '[1,,2]',
      '[1] 2',
      '[{"a":1,"a":2]}',
      '[{"a":1,"a":2}}]',
      '[{"a":1,"a":[2}],3]',
      '[{"a":1e400 5},3]',
      '[1e400x]',
      '[{"a":1,"a":"x}]',
    ])
      expect(codeOfBatch(text)).toBe('json_syntax');
    expect(codeOfBatch(`[${'['.repeat(100_000)}`)).toBe('json_syntax');
    expect(codes(readJsonArray(`[${'['.repeat(100_000)}${']'.repeat(100_000)},1]`))).toEqual(['too_deep', 1]);
  });

  it('gives the same verdict on an element in a batch as alone', () => {
    fc.assert(
      fc.property(fc.array(jsonish(), { minLength: 1, maxLength: 4 }), (texts) => {
        if (texts.some((text) => !text.isWellFormed() || faultsOf(text).has('json_syntax'))) return;
        const alone = texts.map((text) => codeOf(text) ?? JSON.parse(text));
        expect(codes(readJsonArray(`[${texts.join(',')}]`))).toEqual(alone);
        expect(codes(readNdjson(texts.map((text) => text.replaceAll(/[\n\r]/g, ' ')).join('\n')))).toEqual(alone);
      }),
      { numRuns: 1000 },
    );
  });

  it('judges each line of NDJSON on its own, faulty syntax too, and passes over blank lines', () => {
    expect(codes(readNdjson('{"a":1}\r\n\n{"a":\n  \n[2]'))).toEqual([{ a: 1 }, 'json_syntax', [2]]);
  });

  function codeOfBatch(text: string): string | undefined {
    return faultOf(() => readJsonArray(text))?.code;
  }
});

/** Text that is JSON, nearly JSON, or JSON that breaks a rule. */
function jsonish(): fc.Arbitrary<string> {
  const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r');
  const name = fc.constantFrom(
    '"a"',
    '"\\u0061"',
    '"b"',
    '"__proto__"',
    '"constructor"',
    '"é"',
    '"x\\ud800"',
    `"${'k'.repeat(129)}"`,
    '""',
    '"toString"',
  );
  const number = fc.constantFrom(
    '0',
    '-0',
    '1',
    '12.5',
    '1e2',
    '1E+20',
    '0.1',
    '9007199254740993',
    '1e400',
    '01',
    '1.',
    '.5',
    '-',
    '+1',
    '0x1',
    '1.10',
    '123456789.123456789123',
  );
  const string = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }).map((s) => JSON.stringify(s)),
    fc.constantFrom('"\\u0000"', '"\\ud83d\\ude00"', '"\\udc00"', '"\\x"', '"\n"', '"\\u12"', '"a', "'a'", '"\\/"', '"\u0000"'),
  );
  const leaf = fc.oneof(
    { weight: 4, arbitrary: string },
    { weight: 4, arbitrary: number },
    { weight: 2, arbitrary: fc.constantFrom('true', 'false', 'null', 'nul', 'NaN') },
  );
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      { weight: 3, arbitrary: leaf },
      {
        weight: 2,
        arbitrary: fc
          .tuple(space, fc.array(tie('value'), { maxLength: 4 }), space)
          .map(([s, items, e]) => `[${s}${items.join(`${s},${e}`)}${e}]`),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(space, fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }), space)
          .map(([s, members, e]) => `{${s}${members.map(([n, v]) => `${n}${s}:${e}${v}`).join(`${e},${s}`)}${e}}`),
      },
    ),
  }));
  const broken = fc
    .tuple(value, fc.nat(), fc.constantFrom(',', '}', ']', '"', '\\', '', ':', ' ', '\u00a0', '\ufeff', '//'))
    .map(([text, at, what]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + what + text.slice(place + (what === '' ? 1 : 0));
    });
  return fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: broken });
}
