import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { boolArray, byteaArray, int2Array, int4Array, int8Array, textArray, timestampArray, uuidArray } from './binary-arrays';

/** What is built by hand must be what the real server reads. */
let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
});
afterAll(() => client.end());

/** Sends an array as the parameter that append_entries gets, and reads it back as the server's own text of each element. */
async function echo(type: string, encoded: Buffer): Promise<(string | null)[]> {
  const { rows } = await client.query<{ ok: boolean; back: (string | null)[] | null }>({
    // Nothing but its elements may distinguish an array: dimensions, lower bound and null bitmap are compared with one that the server built.
    text: `SELECT $1::${type}[] = coalesce((SELECT array_agg(e ORDER BY i) FROM unnest($1::${type}[]) WITH ORDINALITY AS u (e, i)), '{}') AS ok,
                  (SELECT array_agg(CASE WHEN '${type}' = 'bytea' THEN encode(e::text::bytea, 'hex') ELSE e::text END ORDER BY i)
                     FROM unnest($1::${type}[]) WITH ORDINALITY AS u (e, i)) AS back`,
    values: [encoded],
  });
  expect(rows[0].ok).toBe(true);
  return rows[0].back ?? [];
}

const roundTrip = <T>(element: fc.Arbitrary<T>, check: (values: T[]) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(fc.array(element, { maxLength: 60 }), async (values) => void (await check(values))),
    { numRuns: 60, examples: [[[]]] },
  );
const orNull = <T>(element: fc.Arbitrary<T>) => fc.option(element, { nil: null });
const wellFormed = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll('\0', ''));

describe('an array in binary form is read by the server as what was put in', () => {
  it('text in UTF-8, with nulls', () =>
    roundTrip(orNull(wellFormed), async (values) => expect(await echo('text', textArray(values))).toEqual(values)));

  it('text known to be ASCII, with nulls', () =>
    roundTrip(orNull(fc.stringMatching(/^[\x01-\x7e]{0,60}$/)), async (values) =>
      expect(await echo('text', textArray(values, 'latin1'))).toEqual(values),
    ));

  it('nothing but nulls, and nothing at all', async () => {
    expect(await echo('text', textArray([null, null]))).toEqual([null, null]);
    expect(await echo('int2', int2Array([null]))).toEqual([null]);
    for (const [type, empty] of [
      ['text', textArray([])],
      ['bytea', byteaArray([])],
      ['uuid', uuidArray([])],
      ['int8', int8Array([])],
      ['timestamptz', timestampArray([])],
      ['int4', int4Array([])],
      ['int2', int2Array([])],
      ['bool', boolArray([])],
    ] as const)
      expect(await echo(type, empty)).toEqual([]);
  });

  it('bytes', () =>
    roundTrip(fc.uint8Array({ maxLength: 300 }), async (values) => {
      const { rows } = await client.query<{ back: string[] | null }>({
        text: `SELECT array_agg(encode(e, 'hex') ORDER BY i) AS back FROM unnest($1::bytea[]) WITH ORDINALITY AS u (e, i)`,
        values: [byteaArray(values)],
      });
      expect(rows[0].back ?? []).toEqual(values.map((value) => Buffer.from(value).toString('hex')));
    }));

  it('UUIDs', () => roundTrip(fc.uuid(), async (values) => expect(await echo('uuid', uuidArray(values))).toEqual(values)));

  it('integers of eight bytes', () =>
    roundTrip(fc.maxSafeInteger(), async (values) => expect(await echo('int8', int8Array(values))).toEqual(values.map(String))));

  it('integers of four bytes', () =>
    roundTrip(fc.integer(), async (values) => expect(await echo('int4', int4Array(values))).toEqual(values.map(String))));

  it('integers of two bytes, with nulls', () =>
    roundTrip(orNull(fc.integer({ min: -32_768, max: 32_767 })), async (values) =>
      expect(await echo('int2', int2Array(values))).toEqual(values.map((value) => (value === null ? null : String(value)))),
    ));

  it('truth values', () =>
    roundTrip(fc.boolean(), async (values) => expect(await echo('bool', boolArray(values))).toEqual(values.map(String))));

  it('times of every year that a record may have, to the millisecond', () =>
    roundTrip(fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') }), async (values) => {
      const { rows } = await client.query<{ back: string[] | null }>({
        text: `SELECT array_agg((extract(epoch FROM e) * 1000000)::bigint::text ORDER BY i) AS back FROM unnest($1::timestamptz[]) WITH ORDINALITY AS u (e, i)`,
        values: [timestampArray(values)],
      });
      expect(rows[0].back ?? []).toEqual(values.map((value) => String(BigInt(value) * 1000n)));
    }));
});
