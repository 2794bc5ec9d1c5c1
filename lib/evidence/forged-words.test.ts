import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { MANIFEST } from '@/lib/chain/bundle-format';
import { readZip } from '@/lib/chain/read-zip';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { fresh, make, openWordsExport, PURPOSE, say, take, talk, textOf, verify } from '@/lib/testing/export-words';

openWordsExport();

/** With one file changed, and the manifest made to agree. */
function forge(files: Map<string, Uint8Array>, file: string, change: (bytes: Buffer) => Uint8Array | null): Map<string, Uint8Array> {
  const forged = new Map(files);
  const next = change(Buffer.from(files.get(file) ?? []));
  if (next === null) forged.delete(file);
  else forged.set(file, next);
  const manifest = JSON.parse(textOf(files, MANIFEST));
  manifest.files = [...forged]
    .filter(([name]) => name !== MANIFEST)
    .map(([name, bytes]) => ({
      path: name,
      bytes: bytes.length,
      sha256: Buffer.from(nodeSha256(bytes)).toString('hex'),
    }));
  return forged.set(MANIFEST, Buffer.from(JSON.stringify(manifest)));
}

describe('a change of the words is found, named and placed', () => {
  let files: Map<string, Uint8Array>;
  const bin = () => [...files.keys()].find((name) => name.endsWith('.bin'))!;
  beforeAll(async () => {
    const id = fresh();
    await say(id, 2);
    files = readZip(await take(await make(talk(id), PURPOSE)));
  });
  it.each([
    [
      'a byte of a ciphertext',
      () => forge(files, bin(), (bytes) => Buffer.concat([bytes.subarray(0, 3), Buffer.from([bytes[3]! ^ 1]), bytes.subarray(4)])),
      'content_mismatch',
    ],
    ['a ciphertext cut short', () => forge(files, bin(), (bytes) => bytes.subarray(0, 20)), 'content_mismatch'],
    ['a part that is left away', () => forge(files, bin(), () => null), 'content_missing'],
    [
      'another key',
      () => forge(files, 'content/keys.json', (bytes) => Buffer.from(bytes.toString().replace(/"key":"...../, '"key":"AAAAA'))),
      'content_mismatch',
    ],
    ['no keys at all', () => forge(files, 'content/keys.json', () => Buffer.from('{"keys":[]}')), 'content_mismatch'],
    ['keys that are none', () => forge(files, 'content/keys.json', () => Buffer.from('[]')), 'content_mismatch'],
    [
      'a key that opens nothing here',
      () =>
        forge(files, 'content/keys.json', (bytes) => {
          const { keys } = JSON.parse(bytes.toString());
          return Buffer.from(JSON.stringify({ keys: [...keys, { id: randomUUID(), key: keys[0].key }] }));
        }),
      'content_mismatch',
    ],
    ['words of no record', () => forge(files, 'content/000000999999-0.bin', () => Buffer.from('invented words')), 'file_extra'],
    [
      'a part called absent that is there',
      () =>
        forge(files, 'content/absent.jsonl', () => {
          const [, seq, index] = /content\/0*(\d+)-(\d+)/.exec(bin())!;
          return Buffer.from(`${JSON.stringify({ seq, index: Number(index), why: 'shredded', say: 'shredded' })}\n`);
        }),
      'content_mismatch',
    ],
    [
      'a count that hides one',
      () => {
        const manifest = JSON.parse(textOf(files, MANIFEST));
        manifest.words.parts -= 1;
        return new Map(files).set(MANIFEST, Buffer.from(JSON.stringify(manifest)));
      },
      'content_missing',
    ],
  ])('%s', async (_name, change, code) => {
    const verdict = await verify(change());
    expect(verdict.verdict).toBe('tampered');
    expect(verdict.breaks.map((one) => one.code)).toContain(code);
  });
});
