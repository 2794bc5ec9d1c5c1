import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '@/lib/chain/bytes';
import { EMPTY_ROOT } from '@/lib/chain/merkle';
import { parseNote, parseSignatureLines, signatureLine } from '@/lib/chain/signed-note';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint, verifyOne } from '@/lib/chain/verify-note';
import { MAX_REQUEST_BYTES } from '@/lib/chain/witness-request';
import { injured } from '@/lib/testing/sign-notes';
import { WitnessedLog } from '@/lib/testing/witnessed-log';
import { openWitness, type Witness } from './open-witness';
import { createWitnessServer } from './serve-witness';

const log = new WitnessedLog();
const NOW = new Date('2026-11-21T10:00:00.700Z');
let dir: string;
let witness: Witness;
let server: Server;
let url: string;
let now: Date;
let told: string[];
beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-witness-'));
  now = NOW;
  told = [];
  await open();
});
afterEach(async () => {
  await close();
  rmSync(dir, { recursive: true, force: true });
});
async function open(): Promise<void> {
  witness = openWitness({ name: 'witness.example/w1', listen: { port: 0 }, dir, logs: new Map([[log.origin, log.keys]]) });
  server = createWitnessServer(
    witness,
    (line) => told.push(line),
    () => now,
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function close(): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
const post = async (body: string | Uint8Array) => {
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: Buffer.from(body as string) });
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
};
const remembered = () => witness.memory.read(log.origin);
const other = new WitnessedLog(log.origin, 2);

describe('add-checkpoint', () => {
  it('answers with cosignatures of the whole tree, Ed25519 and ML-DSA-44, that bear the time', async () => {
    const answer = await post(log.request(0, 5));
    expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
    expect(answer.body).toMatch(/^(— witness\.example\/w1 [A-Za-z0-9+/]+=*\n){2}$/);
    const { text } = parseNote(log.note(5));
    const keys = witness.vkeys.map(parseVerifierKey);
    expect(keys.map(({ type }) => type)).toEqual([0x04, 0x06]);
    for (const [i, line] of parseSignatureLines(answer.body).entries())
      expect(verifyOne({ text, signatures: [line] }, line, keys[i])).toEqual({
        ok: true,
        timestamp: BigInt(Date.parse('2026-11-21T10:00:00Z') / 1000),
      });
  });

  it('goes from size to size with a proof, and cosigns the same tree again at a later time', async () => {
    for (const [from, to] of [
      [0, 1],
      [1, 1],
      [1, 256],
      [256, 257],
      [257, 257],
      [257, 300],
    ])
      expect(await post(log.request(from, to)), `${from} → ${to}`).toMatchObject({ status: 200 });
    expect(remembered()?.size).toBe(300n);
  });

  it('begins with an empty tree too', async () => {
    expect(await post(log.request(0, 0))).toMatchObject({ status: 200 });
    expect(await post(log.request(0, 7))).toMatchObject({ status: 200 });
  });

  it('says the size that it has where another was expected: text/x.tlog.size, decimal, newline', async () => {
    expect(await post(log.request(3, 9))).toEqual({ status: 409, type: 'text/x.tlog.size', body: '0\n' });
    await post(log.request(0, 9));
    expect(await post(log.request(0, 12))).toEqual({ status: 409, type: 'text/x.tlog.size', body: '9\n' });
    expect(await post(log.request(3, 5))).toEqual({ status: 409, type: 'text/x.tlog.size', body: '9\n' });
  });

  it('never gives an older time to a larger tree', async () => {
    await post(log.request(0, 4));
    now = new Date(NOW.getTime() - 3_600_000);
    const [line] = parseSignatureLines((await post(log.request(4, 8))).body);
    const result = verifyOne({ text: parseNote(log.note(8)).text, signatures: [line] }, line, parseVerifierKey(witness.vkeys[0]));
    expect(result).toEqual({ ok: true, timestamp: BigInt(Math.floor(NOW.getTime() / 1000)) });
  });
});

describe('a log that rewrites its past', () => {
  beforeEach(async () => {
    await post(log.request(0, 9));
  });
  const unmoved = () => expect(remembered()).toMatchObject({ size: 9n, root: log.tree.root(9) });

  it('is refused a smaller tree, whatever old size it names', async () => {
    expect(await post(log.request(0, 5))).toMatchObject({ status: 409, body: '9\n' });
    expect(await post(`old 9\n\n${log.note(5)}`)).toMatchObject({ status: 400 });
    unmoved();
  });

  it('is refused another tree of the same size', async () => {
    expect(await post(log.request(9, 9, log.note(9, log.tree.root(8))))).toMatchObject({ status: 422 });
    unmoved();
    expect(told.at(-1)).toContain('trusted key has signed');
  });

  it('is refused a larger tree that does not extend the one that was cosigned', async () => {
    expect(await post(log.request(9, 12, log.note(12, log.tree.root(13))))).toMatchObject({ status: 422 });
    unmoved();
  });

  it('is refused every proof that is bent, too long or missing', async () => {
    const right = log.request(9, 12).split('\n');
    const hashes = log.tree.proof(9, 12).length;
    const bent = (lines: string[]) => lines.join('\n');
    for (let i = 1; i <= hashes; i++) {
      const replaced = Buffer.from(log.tree.root(2)).toString('base64');
      expect(await post(bent(right.with(i, replaced))), `hash ${i}`).toMatchObject({ status: 422 });
      expect(await post(bent(right.toSpliced(i, 1))), `without ${i}`).toMatchObject({ status: 422 });
      expect(await post(bent(right.toSpliced(i, 0, right[i]))), `twice ${i}`).toMatchObject({ status: 422 });
    }
    unmoved();
    expect(await post(bent(right))).toMatchObject({ status: 200 });
  });

  it('is refused a proof from nothing, and an empty tree with a root of its own', async () => {
    rmSync(dir, { recursive: true });
    await close();
    await open();
    const line = Buffer.from(log.tree.root(1)).toString('base64');
    expect(await post(`old 0\n${line}\n\n${log.note(4)}`)).toMatchObject({ status: 422 });
    expect(await post(log.request(0, 0, log.note(0, log.tree.root(3))))).toMatchObject({ status: 422 });
    expect(remembered()).toBeNull();
    expect(toHex(log.tree.root(0))).toBe(toHex(EMPTY_ROOT));
  });
});

describe('who is not trusted', () => {
  it('is told 404 for a log that is not known, before anything else is looked at', async () => {
    const unknown = new WitnessedLog('log.example/other');
    expect(await post(unknown.request(0, 5))).toMatchObject({ status: 404 });
    expect(await post(`old 9\n\n${unknown.note(5)}`)).toMatchObject({ status: 404 });
  });

  it('is told 403 for keys of another, also where the size is wrong', async () => {
    expect(await post(other.request(0, 5))).toMatchObject({ status: 403 });
    expect(await post(`old 9\n\n${other.note(5)}`)).toMatchObject({ status: 403 });
    expect(remembered()).toBeNull();
  });

  it('is told 403 where a trusted key’s line fails, although another trusted line verifies', async () => {
    const note = parseNote(log.note(5));
    for (const [i, { signature }] of note.signatures.entries()) {
      const bent = note.signatures.with(i, { ...note.signatures[i], signature: signature.with(20, signature[20] ^ 1) });
      expect(await post(log.request(0, 5, `${note.text}\n${bent.map(signatureLine).join('')}`))).toMatchObject({ status: 403 });
    }
    expect(remembered()).toBeNull();
  });

  it('is told 403 for one of the two signatures where keys of both kinds are trusted', async () => {
    const { text, signatures } = parseNote(log.note(5));
    for (const line of signatures) expect(await post(log.request(0, 5, `${text}\n${signatureLine(line)}`))).toMatchObject({ status: 403 });
    expect(remembered()).toBeNull();
  });

  it('may sign beside a trusted key, is passed over, and is not handed on', async () => {
    const mixed = log.note(5) + other.note(5).split('\n\n')[1];
    expect(await post(log.request(0, 5, mixed))).toMatchObject({ status: 200 });
    expect(remembered()?.note).not.toContain(other.note(5).split('\n')[4]);
  });
});

describe('a request that is none', () => {
  it.each([
    ['nothing', ''],
    ['no empty line', `old 0\n${log.note(5).split('\n\n')[0]}\n`],
    ['no old size', `\n\n${log.note(5)}`],
    ['a leading zero', `old 00\n\n${log.note(5)}`],
    ['a sign', `old +0\n\n${log.note(5)}`],
    ['another word', `new 0\n\n${log.note(5)}`],
    ['carriage returns', `old 0\r\n\r\n${log.note(5)}`],
    ['64 hashes', `old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\n${log.note(5)}`],
    ['a hash of 31 bytes', `old 0\n${Buffer.alloc(31).toString('base64')}\n\n${log.note(5)}`],
    ['a note without signatures', `old 0\n\n${log.note(5).split('\n\n')[0]}\n\n`],
    ['no last newline', `old 0\n\n${log.note(5)}`.slice(0, -1)],
    ['bytes that are no text', Buffer.from([0xff, 0xfe])],
    ['an old size above the checkpoint’s', `old 6\n\n${log.note(5)}`],
  ])('is told 400: %s', async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400 });
  });

  it('is never cosigned and never makes the witness fail, however a true one is injured', async () => {
    await fc.assert(
      fc.asyncProperty(injured(fc.constant(log.request(0, 5))), async (body) => {
        const { status } = await post(body);
        // An injury to what no signature covers (a line of a key that is not trusted any more) leaves a request that is still true.
        expect([200, 400, 403, 404, 409, 422]).toContain(status);
        const held = remembered();
        if (held !== null) expect(held).toMatchObject({ size: 5n, root: log.tree.root(5) });
        for (const file of readdirSync(path.join(dir, 'memory'))) rmSync(path.join(dir, 'memory', file));
      }),
      { numRuns: 150 },
    );
  });

  it('is not read beyond its limit, announced or not', async () => {
    expect(await post(Buffer.alloc(MAX_REQUEST_BYTES + 1, 0x20))).toMatchObject({ status: 413 });
    const answer = await chunked(Buffer.alloc(MAX_REQUEST_BYTES + 70_000, 0x20));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('by another method or of another path is told so', async () => {
    const get = await fetch(`${url}/add-checkpoint`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const put = await fetch(`${url}/`, { method: 'DELETE' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    for (const wanted of ['/nothing', '/sign-subtree', '/add-checkpoint/', '//']) expect((await fetch(url + wanted)).status).toBe(404);
  });
});

/** Sent in pieces without a length. */
function chunked(body: Buffer): Promise<string> {
  return new Promise((done) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece;
    });
    socket.on('error', () => {});
    socket.on('close', () => done(answer));
    socket.write('POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let at = 0; at < body.length; at += 60_000) {
      const piece = body.subarray(at, at + 60_000);
      socket.write(`${piece.length.toString(16)}\r\n`);
      socket.write(piece);
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
  });
}

describe('what it cosigned', () => {
  const hash = createHash('sha256').update(log.origin).digest('hex');

  it('is given to monitors, with the log’s signatures and its own, that anyone verifies', async () => {
    expect((await fetch(`${url}/${hash}/checkpoint`)).status).toBe(404);
    const { body } = await post(log.request(0, 5));
    const note = await (await fetch(`${url}/${hash}/checkpoint`)).text();
    expect(note).toBe(log.note(5) + body);
    expect(openCheckpoint(note, [...log.keys, ...witness.vkeys.map(parseVerifierKey)], log.origin).verified).toHaveLength(4);
  });

  it('is told to people beside its name and keys', async () => {
    await post(log.request(0, 5));
    expect(await (await fetch(url)).json()).toEqual({
      name: 'witness.example/w1',
      vkeys: witness.vkeys,
      logs: [
        {
          origin: log.origin,
          checkpoint: `/${hash}/checkpoint`,
          size: '5',
          root: toHex(log.tree.root(5)),
          cosigned_at: '2026-11-21T10:00:00.000Z',
        },
      ],
    });
    expect(await (await fetch(url, { method: 'HEAD' })).text()).toBe('');
  });
});

describe('of two requests at once', () => {
  it('one wins and the other is told so; the tree never shrinks', async () => {
    await post(log.request(0, 4));
    const answers = await Promise.all([
      post(log.request(4, 20)),
      post(log.request(4, 12)),
      post(log.request(4, 200)),
      post(log.request(4, 5)),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const won = answers.findIndex(({ status }) => status === 200);
    expect(remembered()?.size).toBe([20n, 12n, 200n, 5n][won]);
  });

  it('a state that cannot be written is not cosigned', async () => {
    await post(log.request(0, 4));
    rmSync(path.join(dir, 'memory'), { recursive: true });
    writeFileSync(path.join(dir, 'memory'), 'a file in the way');
    expect(await post(log.request(0, 9))).toEqual({
      status: 500,
      type: 'text/plain; charset=utf-8',
      body: 'The witness could not answer.\n',
    });
    expect(told.at(-1)).toContain('could not answer');
  });
});

it('does not begin with its keys and no memory: it would contradict itself', async () => {
  rmSync(path.join(dir, 'memory'), { recursive: true });
  expect(() => openWitness({ name: 'w', listen: { port: 0 }, dir, logs: new Map() })).toThrow(/memory is gone/);
});
