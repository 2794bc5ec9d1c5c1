import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { count, hex32 } from './json-members';
import { readJsonNote } from './json-note';
import { NoteError } from './note-error';

const FORMAT = 'holdfast/of-this-test/v1';
const HASH = 'ab'.repeat(32);
const Stored = z.strictObject({ list: z.array(count), root: hex32 });
const malformed = (what: string) => new NoteError('note_malformed', `The text ${what}.`);
const read = (source: string) => readJsonNote(source, FORMAT, Stored, malformed);

it('reads two lines, the second in canonical form, with a longer list than a record may hold', () => {
  const list = Array.from({ length: 2_000 }, (_, i) => i);
  expect(read(`${FORMAT}\n{"list":[${list}],"root":"${HASH}"}\n`)).toEqual({ list, root: HASH });
});

it.each([
  ['is not of two lines', `${FORMAT}\n{"list":[],"root":"${HASH}"}`],
  ['is not of two lines', `${FORMAT}\n{"list":[],"root":"${HASH}"}\n\n`],
  [`does not begin with ${FORMAT}`, `holdfast/of-another/v1\n{"list":[],"root":"${HASH}"}\n`],
  ['is not JSON', `${FORMAT}\n{"list":[],"root":"${HASH}"\n`],
  ['is not JSON', `${FORMAT}\n{"list":[],"list":[],"root":"${HASH}"}\n`],
  ['has other members than the format', `${FORMAT}\n{"list":[],"more":1,"root":"${HASH}"}\n`],
  ['has other members than the format', `${FORMAT}\n{"list":[-1],"root":"${HASH}"}\n`],
  ['has other members than the format', `${FORMAT}\n{"list":[],"root":"${HASH.toUpperCase()}"}\n`],
  ['is not in canonical form', `${FORMAT}\n{"root":"${HASH}","list":[]}\n`],
  ['is not in canonical form', `${FORMAT}\n{"list": [],"root":"${HASH}"}\n`],
])('refuses what %s', (what, source) => {
  expect(() => read(source)).toThrow(malformed(what));
});
