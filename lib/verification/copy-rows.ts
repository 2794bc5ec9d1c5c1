import 'server-only';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** Signature, flags and length of the extension area. @see PostgreSQL, COPY, "Binary Format" */
const HEADER_BYTES = 19;

/** One row within a buffer: field i starts at `at[2i]` and has `at[2i + 1]` bytes, −1 for NULL. Valid until the callback returns. */
export type OnRow = (buffer: Buffer, at: Int32Array) => void;

/**
 * Streams a query as COPY BINARY, which costs a quarter of reading rows through the driver. Rows are looked at where they lie in the network's
 * buffers: nothing is copied but a row that is cut by a buffer's end.
 * @param query has no parameters, as COPY takes none: the caller puts in numbers only.
 */
export async function copyRows(client: pg.ClientBase, query: string, fields: number, onRow: OnRow): Promise<void> {
  const stream = client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`, { highWaterMark: 1 << 20 }));
  await pipeline(stream, rowSink(fields, onRow));
}

export function rowSink(fields: number, onRow: OnRow): Writable {
  const at = new Int32Array(fields * 2);
  let rest: Buffer | null = null;
  let begun = false;
  const write = (chunk: Buffer) => {
    const buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = null;
    let position = 0;
    if (!begun) {
      position = buffer.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + buffer.readInt32BE(HEADER_BYTES - 4);
      if (buffer.length < position) {
        rest = buffer;
        return;
      }
      begun = true;
    }
    for (;;) {
      const end = placeFields(buffer, position, at);
      if (end === ENDED) return;
      if (end === CUT) {
        rest = buffer.subarray(position);
        return;
      }
      onRow(buffer, at);
      position = end;
    }
  };
  return new Writable({
    highWaterMark: 1 << 20,
    write(chunk: Buffer, _encoding, done) {
      try {
        write(chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

const CUT = -1;
const ENDED = -2;

/** @returns where the next row starts; CUT where the buffer ends before this one does, ENDED behind the last. */
function placeFields(buffer: Buffer, start: number, at: Int32Array): number {
  const length = buffer.length;
  if (start + 2 > length) return CUT;
  const count = (buffer[start] << 8) | buffer[start + 1];
  if (count === 0xffff) return ENDED;
  let position = start + 2;
  for (let i = 0; i < count; i++) {
    if (position + 4 > length) return CUT;
    const size = (buffer[position] << 24) | (buffer[position + 1] << 16) | (buffer[position + 2] << 8) | buffer[position + 3];
    position += 4;
    at[2 * i] = position;
    at[2 * i + 1] = size;
    if (size > 0) position += size;
    if (position > length) return CUT;
  }
  return position;
}
