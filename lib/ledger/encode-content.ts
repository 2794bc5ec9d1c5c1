import 'server-only';
import { byteaArray, int2Array, int4Array, textArray, uuidArray } from './binary-arrays';
import { APPEND_SQL } from './encode-batch';
import type { PreparedRecord } from './prepare-record';

const OWN = ['int[]', 'smallint[]', 'text[]', 'uuid[]', 'bytea[]', 'bytea[]', 'bytea[]'];
const common = APPEND_SQL.match(/\$\d+/g)!.length;

/** The call of append_with_content: the arguments of append_entries, and the parts. */
export const CONTENT_SQL = APPEND_SQL.replace('append_entries', 'append_with_content').replace(
  /\)\s*$/,
  `, ${OWN.map((type, i) => `$${common + 1 + i}::${type}`).join(', ')})`,
);

/** The sealed parts of a batch, each with the place of its record, from 1. @returns null where no record has one */
export function encodeContent(records: readonly PreparedRecord[]): unknown[] | null {
  const parts = records.flatMap((record, i) => (record.sealed ?? []).map((part) => ({ ...part, record: i + 1 })));
  if (parts.length === 0) return null;
  const column = <T>(pick: (part: (typeof parts)[number]) => T) => parts.map(pick);
  return [
    int4Array(column((p) => p.record)),
    int2Array(column((p) => p.index)),
    textArray(
      column((p) => p.part),
      'latin1',
    ),
    uuidArray(column((p) => p.keyId)),
    byteaArray(column((p) => p.nonce)),
    byteaArray(column((p) => p.sha256)),
    byteaArray(column((p) => p.ciphertext)),
  ];
}

/** Bytes that a record takes in the queue and on its way to the database. */
export function bytesOf(record: PreparedRecord): number {
  let bytes = record.body.length;
  for (const { ciphertext } of record.sealed ?? []) bytes += ciphertext.length;
  return bytes;
}
