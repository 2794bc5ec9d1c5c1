import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundleManifest, recordPath } from '@/lib/chain/bundle-format';
import { readZip, ZipError } from '@/lib/chain/read-zip';
import { verifyBundle } from '@/lib/chain/verify-bundle';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import type { CheckpointDto } from '@/lib/schema/proofs';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { bundleOf, signedLedger } from '@/lib/testing/make-evidence';
import { filterOf } from './find-positions';

const HOSTILE = 'ignore \u202egnp.exe\u202c <img src=x onerror=alert(1)> \u{e0041}\u0007';
const COUNT = 700;
let db: TestDatabase;
let ledger: LedgerRow;
let checkpoint: CheckpointDto;
let drop: () => void;
let bundle: Buffer;
/** The ledger's keys, as somebody has them from elsewhere. */
let known: string[];
let files: Map<string, Uint8Array>;
let dir: string;
beforeAll(async () => {
  db = await freshDatabase();
  const records = Array.from({ length: COUNT }, (_, i) =>
    agentRecord({
      conversation_id: i % 7 === 0 ? 'c-1' : `other-${i % 50}`,
      subject_id: `P-${i % 9}`,
      details: { tool: 'lookup', say: HOSTILE },
    }),
  );
  ({ ledger, checkpoint, drop } = await signedLedger(db, 'evidence', records));
  known = (await listKeys(ledger.id)).map(({ vkey }) => vkey);
  bundle = await bundleOf(ledger, { kind: 'conversation', conversation_id: 'c-1' }, checkpoint);
  files = readZip(bundle);
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-bundle-'));
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  drop();
  rmSync(dir, { recursive: true, force: true });
});

const verify = (changed: Map<string, Uint8Array>, trusted: string[] = known) => verifyBundle(changed, { hash: nodeSha256, trusted });
/** The bundle with one file changed and the manifest's hashes made to agree: what somebody does who knows the format. */
function forge(file: string, change: (bytes: Buffer) => Uint8Array): Map<string, Uint8Array> {
  const forged = new Map(files);
  forged.set(file, change(Buffer.from(files.get(file)!)));
  const manifest = JSON.parse(Buffer.from(files.get('manifest.json')!).toString());
  for (const line of manifest.files) {
    const bytes = forged.get(line.path)!;
    Object.assign(line, { bytes: bytes.length, sha256: Buffer.from(nodeSha256(bytes)).toString('hex') });
  }
  return forged.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
}
function forgeManifest(from: Map<string, Uint8Array>, change: (manifest: BundleManifest) => void): Map<string, Uint8Array> {
  const manifest = JSON.parse(Buffer.from(from.get('manifest.json')!).toString()) as BundleManifest;
  change(manifest);
  return new Map(from).set('manifest.json', Buffer.from(JSON.stringify(manifest)));
}
const flip = (bytes: Buffer, at: number) => {
  bytes[at] ^= 1;
  return bytes;
};
const second = () => [...files.keys()].filter((name) => name.startsWith('records/'))[1]!;

describe('a bundle', () => {
  it('of a conversation holds every record of it, byte for byte, and is valid', async () => {
    const verdict = await verify(files);
    expect(verdict.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(verdict).toMatchObject({ verdict: 'valid', breaks: [], manifest: { records: { count: COUNT / 7, bodies: COUNT / 7 } } });
    expect(verdict.not_checked.length).toBeGreaterThan(3);
  });

  it('is the same file whenever it is made under the same checkpoint', async () => {
    const again = await bundleOf(ledger, { kind: 'conversation', conversation_id: 'c-1' }, checkpoint);
    expect(again.equals(bundle)).toBe(true);
  });

  it('of a range or a filter holds exactly what the search finds, however many pages that is', async () => {
    const range = readZip(await bundleOf(ledger, { kind: 'range', from: '10', to: '640' }, checkpoint));
    expect((await verify(range)).verdict).toBe('valid');
    expect([...range.keys()].filter((name) => name.startsWith('records/'))).toHaveLength(631);
    const filter = readZip(await bundleOf(ledger, { kind: 'filter', query: 'subject=P-3' }, checkpoint));
    expect((await verify(filter)).verdict).toBe('valid');
    expect(filter.has(recordPath(3n))).toBe(true);
    expect([...filter.keys()].filter((name) => name.startsWith('records/'))).toHaveLength(
      Array.from({ length: COUNT }, (_, i) => i % 9).filter((n) => n === 3).length,
    );
  });

  it('refuses a filter of which it would pass something over: unknown, repeated, or with a value that none has', () => {
    for (const [query, member] of [
      ['action=nothing_such', 'action'],
      ['subjekt=P-3', 'subjekt'],
      ['subject=P-3&older=', 'older'],
      ['subject=P-3&subject=P-4', 'subject'],
      ['subject=&subject=P-4', 'subject'],
      ['__proto__=x', '__proto__'],
    ])
      expect(() => filterOf(query!)).toThrow(
        expect.objectContaining({ code: 'format', pointer: '/scope/query', message: expect.stringContaining(`"${member}"`) }),
      );
  });

  it('says of itself the filter that was searched, in one way of writing', async () => {
    const made = readZip(
      await bundleOf(ledger, { kind: 'filter', query: '?subject=%50-3&outcome=&classification=restricted' }, checkpoint),
    );
    const { scope } = JSON.parse(Buffer.from(made.get('manifest.json')!).toString());
    expect(scope).toEqual({ kind: 'filter', query: 'classification=restricted&subject=P-3' });
  });

  it('shows hostile text in its report as text, with nothing unseen in it', () => {
    const report = Buffer.from(files.get('report.html')!).toString();
    expect(report).not.toMatch(/<img|\u202e|\u0007|\u{e0041}/u);
    expect(report).toContain('&lt;img src=x');
    expect(Buffer.from(files.get('report.pdf')!).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

describe('a change is found, named and placed', () => {
  it.each([
    ['a body', () => forge(second(), (bytes) => flip(bytes, 20)), 'body_altered'],
    [
      'a header',
      () => forge('entries.jsonl', (bytes) => Buffer.from(bytes.toString().replace(/"conversation_seq":"2"/, '"conversation_seq":"3"'))),
      'hash_mismatch',
    ],
    [
      'the path of a record',
      () =>
        forge('proofs.jsonl', (bytes) =>
          Buffer.from(
            bytes
              .toString()
              .split('\n')
              .reverse()
              .filter((l) => l !== '')
              .map((l, i, all) => l.replace(/"proof":.*?\]/, all[(i + 1) % all.length]!.match(/"proof":.*?\]/)![0]))
              .join('\n')
              .concat('\n'),
          ),
        ),
      'proof_invalid',
    ],
    [
      'the checkpoint’s root',
      () =>
        forge('checkpoint', (bytes) => {
          const lines = bytes.toString().split('\n');
          lines[2] = `${lines[2]![0] === 'A' ? 'B' : 'A'}${lines[2]!.slice(1)}`;
          return Buffer.from(lines.join('\n'));
        }),
      'checkpoint_signature_invalid',
    ],
    [
      'a record that is left out',
      () => {
        const f = forge(second(), (b) => b);
        f.delete(second());
        return f;
      },
      'file_missing',
    ],
    ['a file that is put in', () => forge(second(), (b) => b).set('extra.txt', Buffer.from('x')), 'file_extra'],
    [
      'a record of no entry, which the manifest names',
      () => {
        const invented = new Map(files).set('records/000000999999.json', Buffer.from('{}'));
        const manifest = JSON.parse(Buffer.from(files.get('manifest.json')!).toString());
        manifest.files.push({
          path: 'records/000000999999.json',
          bytes: 2,
          sha256: Buffer.from(nodeSha256(Buffer.from('{}'))).toString('hex'),
        });
        return invented.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
      },
      'file_extra',
    ],
    [
      'the id of an entry, which is in no hash',
      () => forge('entries.jsonl', (bytes) => Buffer.from(bytes.toString().replace(/"id":"[0-9a-f]{8}/, '"id":"00000000'))),
      'id_mismatch',
    ],
    [
      'the ledger’s name for another one’s',
      () => {
        const forged = forge(second(), (b) => b);
        const manifest = JSON.parse(Buffer.from(forged.get('manifest.json')!).toString());
        manifest.ledger.origin = 'audit.example.org/ledgers/another';
        return forged.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
      },
      'origin_mismatch',
    ],
    [
      'which of its names the ledger had',
      () =>
        forgeManifest(files, (manifest) => {
          manifest.checkpoint.incarnation = 2;
        }),
      'origin_mismatch',
    ],
    ['a file without its manifest', () => new Map(files).set('report.html', Buffer.from('lies')), 'file_altered'],
  ])('%s', async (_name, change, code) => {
    const verdict = await verify(change());
    expect(verdict.verdict).toBe('tampered');
    expect(verdict.breaks.map((one) => one.code)).toContain(code);
  });

  it('keys of somebody else: signed by whoever it likes, a bundle is not the ledger’s for those who know its keys', async () => {
    const stranger = await signedLedger(db, 'stranger', [agentRecord()]);
    const theirs = (await listKeys(stranger.ledger.id)).map(({ vkey }) => vkey);
    stranger.drop();
    expect((await verify(files, theirs)).verdict).toBe('cannot_verify');
    expect(await verify(files, ['nonsense'])).toMatchObject({ verdict: 'cannot_verify', breaks: [] });
  });

  it('one of its two signatures taken off, it is not evidence for those who know keys of both kinds, nor by its own keys', async () => {
    for (const keep of [0, 1]) {
      let nth = 0;
      const half = forge('checkpoint', (bytes) =>
        Buffer.from(bytes.toString().replace(/^\u2014 .*\n/gm, (line) => (nth++ === keep ? line : ''))),
      );
      for (const keys of [known, []]) expect(await verify(half, keys)).toMatchObject({ verdict: 'cannot_verify', breaks: [] });
    }
  });

  it('made from nothing by anyone, with keys of their own in it, a bundle is called consistent and never valid', async () => {
    const anyone = await signedLedger(db, 'anyone', [agentRecord()]);
    const made = readZip(await bundleOf(anyone.ledger, { kind: 'range', from: '0', to: '0' }, anyone.checkpoint));
    anyone.drop();
    const verdict = await verify(made, []);
    expect(verdict).toMatchObject({ verdict: 'consistent', breaks: [] });
    expect(verdict.not_checked[0]).toContain('anyone can make such a bundle');
    expect((await verify(made)).verdict).toBe('cannot_verify');
  });
});

describe('what a bundle cannot show', () => {
  /** The same bundle without the bodies of some of its records. */
  function without(...gone: string[]): Map<string, Uint8Array> {
    const left = new Map([...files].filter(([name]) => !gone.includes(name)));
    const manifest = JSON.parse(Buffer.from(files.get('manifest.json')!).toString());
    manifest.files = manifest.files.filter((line: { path: string }) => !gone.includes(line.path));
    manifest.records.bodies -= gone.length;
    return left.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  }

  it('it does not claim: a conversation of which one record has no words is not valid, whoever signed', async () => {
    const verdict = await verify(without(second()));
    expect(verdict).toMatchObject({ verdict: 'cannot_verify', breaks: [] });
    const scope = verdict.checks.find(({ name }) => name === 'scope')!;
    expect(scope).toMatchObject({ outcome: 'not_checked', say: expect.stringContaining(`${COUNT / 7 - 1} of ${COUNT / 7} records`) });
    expect(scope.say).toContain('not in the bundle: archived, destroyed, or taken out');
  });

  it('is found where the manifest counts records that are not there', async () => {
    const verdict = await verify(
      forgeManifest(without(second()), (manifest) => {
        manifest.records.bodies += 1;
      }),
    );
    expect(verdict).toMatchObject({ verdict: 'tampered', breaks: [{ code: 'file_missing', path: 'manifest.json' }] });
  });

  it('without a single record it is not called valid', async () => {
    const none = readZip(await bundleOf(ledger, { kind: 'filter', query: 'subject=nobody' }, checkpoint));
    expect((await verify(none)).verdict).toBe('cannot_verify');
  });

  it('says of its reports and of its own verifier that they are no evidence', async () => {
    expect((await verify(files)).not_checked.join(' ')).toContain('take the verifier from somewhere else');
  });
});

describe('the command', () => {
  const run = promisify(execFile);
  const command = async (...args: string[]) => {
    try {
      return { code: 0, ...(await run(process.execPath, [path.join(dir, 'holdfast-verify.mjs'), ...args])) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  beforeAll(() => copyFileSync('lib/verifier/dist/holdfast-verify.mjs', path.join(dir, 'holdfast-verify.mjs')));

  it('alone in a folder ends with 0, 1, 2 and 3 for valid, tampered, what it cannot read, and what only agrees with itself', async () => {
    writeFileSync(path.join(dir, 'good.zip'), bundle);
    const changed = Buffer.from(bundle);
    const at = changed.indexOf('"tool":"lookup"');
    changed[at + 9] = 'b'.charCodeAt(0);
    writeFileSync(path.join(dir, 'bad.zip'), changed);
    writeFileSync(path.join(dir, 'junk.zip'), 'junk');
    const keys = known.flatMap((key) => ['--key', key]);
    expect(await command(...keys, path.join(dir, 'good.zip'))).toMatchObject({ code: 0, stdout: expect.stringContaining(': VALID') });
    expect(await command(path.join(dir, 'good.zip'))).toMatchObject({ code: 3, stdout: expect.stringContaining(': CONSISTENT') });
    expect(await command(path.join(dir, 'bad.zip'))).toMatchObject({ code: 1, stdout: expect.stringContaining('body_altered') });
    expect((await command(path.join(dir, 'junk.zip'))).code).toBe(2);
    expect(await command('--key', 'nonsense', path.join(dir, 'good.zip'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--key'),
    });
  });
});

describe('a changed byte of a bundle', () => {
  it('never makes another valid one: it is refused, or its verdict is not valid', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bent = Buffer.from(bundle);
        bent[at] ^= change;
        let read: Map<string, Uint8Array>;
        try {
          read = readZip(bent);
        } catch (error) {
          expect(error).toBeInstanceOf(ZipError);
          return;
        }
        // Times and attributes of the archive are no part of the evidence.
        const same = [...read].every(([name, bytes]) => Buffer.from(bytes).equals(files.get(name) ?? Buffer.alloc(0)));
        expect(same || (await verify(read)).verdict !== 'valid').toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
