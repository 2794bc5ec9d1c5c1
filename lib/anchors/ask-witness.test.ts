import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseNote, parseSignatureLines, signatureLine } from '@/lib/chain/signed-note';
import { parseVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { verifyOne } from '@/lib/chain/verify-note';
import { testSigner } from '@/lib/testing/sign-notes';
import { WitnessedLog } from '@/lib/testing/witnessed-log';
import { openWitness, type Witness } from '@/lib/witness/open-witness';
import { createWitnessServer } from '@/lib/witness/serve-witness';
import { askWitness, type WitnessAsk } from './ask-witness';

const log = new WitnessedLog();
let dir: string;
let server: Server;
let url: string;
let witness: Witness;
let keys: VerifierKey[];
let asked: string[];
beforeEach(async () => {
  process.env.OUTBOUND_ALLOW = '127.0.0.1';
  process.env.DATABASE_URL ??= 'postgresql://nobody@localhost/none';
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-witness-'));
  witness = openWitness({ name: 'witness.example/w1', listen: { port: 0 }, dir, logs: new Map([[log.origin, log.keys]]) });
  keys = witness.vkeys.map(parseVerifierKey);
  await serve(createWitnessServer(witness, () => {}));
});
afterEach(async () => {
  delete process.env.OUTBOUND_ALLOW;
  await close();
  rmSync(dir, { recursive: true, force: true });
});
async function serve(made: Server): Promise<void> {
  server = made;
  asked = [];
  server.prependListener('request', (request) => asked.push(`${request.method} ${request.url}`));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
async function close(): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
const ask = (size: number, change: Partial<WitnessAsk> = {}, of = log) =>
  askWitness({
    url,
    keys,
    note: of.note(size),
    size: BigInt(size),
    lastSize: witness.memory.read(log.origin)?.size ?? 0n,
    proveFrom: async (from) => of.tree.proof(Number(from), size),
    ...change,
  });
const answering = async (respond: RequestListener) => {
  await close();
  await serve(createServer(respond));
};

describe('a witness that is asked', () => {
  it('gives two lines that verify under the keys that are configured', async () => {
    const { text } = parseNote(log.note(9));
    const lines = parseSignatureLines(await ask(9));
    expect(lines).toHaveLength(2);
    for (const [i, line] of lines.entries()) expect(verifyOne({ text, signatures: [line] }, line, keys[i]).ok).toBe(true);
    await ask(200);
    await ask(200);
    expect(asked).toEqual(Array(3).fill('POST /add-checkpoint'));
  });

  it('tells the size that it has, and is asked once more from there', async () => {
    await ask(9);
    await ask(20, { lastSize: 0n });
    await ask(21, { lastSize: 7n });
    await ask(22, { lastSize: 200n });
    expect(asked).toHaveLength(7);
    expect(witness.memory.read(log.origin)?.size).toBe(22n);
  });

  it('gives what is configured: one key is enough, and other lines are left out', async () => {
    for (const key of keys) expect(parseSignatureLines(await ask(5, { keys: [key] }))).toMatchObject([{ keyId: key.keyId }]);
  });

  it('is found under a path, with and without its slash', async () => {
    await answering((_request, response) => response.writeHead(404).end());
    for (const prefix of [`${url}under/here`, `${url}under/here/`])
      await expect(ask(5, { url: prefix })).rejects.toMatchObject({ code: 'unknown_log' });
    expect(asked).toEqual(Array(2).fill('POST /under/here/add-checkpoint'));
  });
});

describe('a witness that refuses', () => {
  it('does so for logs and keys that it does not know, and for trees that do not extend what it cosigned', async () => {
    await expect(ask(5, {}, new WitnessedLog('log.example/unknown'))).rejects.toMatchObject({ code: 'unknown_log' });
    await expect(ask(5, {}, new WitnessedLog(log.origin, 2))).rejects.toMatchObject({ code: 'untrusted' });
    await ask(9);
    await expect(ask(9, { note: log.note(9, log.tree.root(8)) })).rejects.toMatchObject({ code: 'inconsistent' });
    await expect(ask(12, { proveFrom: async () => log.tree.proof(8, 12) })).rejects.toMatchObject({ code: 'inconsistent' });
    await expect(ask(5)).rejects.toMatchObject({ code: 'ahead', message: expect.stringContaining('9 entries; this one has 5') });
  });

  it('is asked twice and not for ever', async () => {
    await answering((_request, response) => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('3\n'));
    await expect(ask(5)).rejects.toMatchObject({ code: 'moved' });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['text/plain', '3\n'],
    ['text/x.tlog.size', '3'],
    ['text/x.tlog.size', '03\n'],
    ['text/x.tlog.size', '-3\n'],
    ['text/x.tlog.size', ' 3\n'],
    ['text/x.tlog.size', '9223372036854775808\n'],
    ['text/x.tlog.size', ''],
  ])('is not understood with a size that is none: %s %j', async (type, body) => {
    await answering((_request, response) => response.writeHead(409, { 'content-type': type }).end(body));
    await expect(ask(5)).rejects.toMatchObject({ code: 'bad_answer' });
  });
});

describe('a witness that lies', () => {
  const stranger = testSigner('witness.example/w1', 0x04, 9);
  const text = parseNote(log.note(5)).text;
  const trusting = (signer: ReturnType<typeof testSigner>) => ({ keys: [signer.key] });

  it.each([0x04, 0x06] as const)('with a time of 0 has said nothing of time (type %i)', async (type) => {
    const signer = testSigner('witness.example/w2', type, 3);
    await answering((_request, response) => response.end(signatureLine(signer.sign(text, 0n))));
    await expect(ask(5, trusting(signer))).rejects.toMatchObject({ code: 'bad_answer', message: expect.stringContaining('no time') });
  });

  it.each([0x04, 0x06] as const)('with a signature of another tree, or one bit off, is not believed (type %i)', async (type) => {
    const signer = testSigner('witness.example/w2', type, 3);
    const right = signer.sign(text);
    for (const wrong of [
      signer.sign(parseNote(log.note(6)).text),
      { ...right, signature: right.signature.with(30, right.signature[30] ^ 1) },
    ]) {
      await answering((_request, response) => response.end(signatureLine(right) + signatureLine(wrong)));
      await expect(ask(5, trusting(signer))).rejects.toMatchObject({
        code: 'bad_answer',
        message: expect.stringContaining('does not verify'),
      });
    }
  });

  it.each([
    ['a stranger under its name', signatureLine(stranger.sign(text))],
    ['nothing', ''],
    ['a page', '<!doctype html>\n'],
    ['a whole note', log.note(5)],
    ['lines with an empty one between', `${signatureLine(stranger.sign(text))}\n${signatureLine(stranger.sign(text))}`],
  ])('with %s has cosigned nothing', async (_what, body) => {
    await answering((_request, response) => response.end(body));
    await expect(ask(5)).rejects.toMatchObject({ code: 'bad_answer' });
  });

  it('with a redirect or an error leads nowhere', async () => {
    await answering((_request, response) => response.writeHead(302, { location: url }).end());
    await expect(ask(5)).rejects.toMatchObject({ code: 'refused', message: 'The witness answered with status 302.' });
    expect(asked).toHaveLength(1);
  });
});
