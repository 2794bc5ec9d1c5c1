import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '@/lib/testing/json-oracle';
import { jsonish } from '@/lib/testing/json-texts';
import { JsonFault } from './json-fault';
import { type JsonItem, readJsonArray, readJsonText, readNdjson } from './read-json';

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
const codeOf = (source: string) => faultOf(() => readJsonText(source))?.code;

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
