import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { formatNote } from '@/lib/chain/signed-note';
import { keepKeys } from '@/lib/signer/keep-keys';
import { signAsLog } from '@/lib/signer/sign-note';
import { readCertificates, stampCheckpoint, verifyStamp } from './stamp-checkpoint';

const present = hasOpenssl();
if (!present) console.warn('skipped: openssl, which plays the time-stamping authority, is not installed');

let dir: string;
let server: Server;
let url: string;
let ca: string;
let note: string;
/** What becomes of the authority's answer on its way. */
let bend = (answer: Buffer, _query: Buffer): Buffer => answer;

beforeAll(async () => {
  if (!present) return;
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-tsa-'));
  makeAuthority();
  ca = readFileSync(path.join(dir, 'ca.pem'), 'utf8');
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const query = Buffer.concat(chunks);
      response.end(bend(stamp(query), query));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}/`;
  process.env.OUTBOUND_ALLOW = `127.0.0.1:${port}`;
  process.env.DATABASE_URL ??= 'postgresql://unused';
  const keys = keepKeys(path.join(dir, 'keys.json')).current;
  const text = formatCheckpoint({
    origin: 'audit.example.org/ledgers/stamped',
    size: 3n,
    root: new Uint8Array(32).fill(7),
    extensions: [],
  });
  note = formatNote(text, signAsLog(keys, text, 1_700_000_000n));
});
afterAll(() => {
  server?.close();
  if (dir) rmSync(dir, { recursive: true, force: true });
  delete process.env.OUTBOUND_ALLOW;
});

describe.skipIf(!present)('a time stamp', () => {
  it('of an authority that is trusted states a time of now, and openssl verifies it too', async () => {
    const { response, time } = await stampCheckpoint(url, ca, note);
    expect(Math.abs(time.getTime() - Date.now())).toBeLessThan(60_000);
    writeFileSync(path.join(dir, 'stamp.tsr'), response);
    writeFileSync(path.join(dir, 'text'), note.slice(0, note.indexOf('\n\n') + 1));
    const said = openssl('ts', '-verify', '-in', 'stamp.tsr', '-data', 'text', '-CAfile', 'ca.pem');
    expect(said.toString()).toContain('OK');
  });

  it('of an authority that nobody here trusts is refused', async () => {
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'other.key',
      '-out',
      'other.pem',
      '-days',
      '10',
      '-subj',
      '/CN=Other',
    );
    const other = readFileSync(path.join(dir, 'other.pem'), 'utf8');
    await expect(stampCheckpoint(url, other, note)).rejects.toMatchObject({ code: 'untrusted' });
    await expect(stampCheckpoint(url, 'nothing', note)).rejects.toMatchObject({ code: 'untrusted' });
  });

  it('over another checkpoint, or an answer to another request, is refused', async () => {
    let first: Buffer | null = null;
    bend = (answer) => {
      first ??= answer;
      return first;
    };
    await stampCheckpoint(url, ca, note);
    await expect(stampCheckpoint(url, ca, note)).rejects.toMatchObject({ code: 'mismatched' });
    await expect(verifyStamp(first!, Buffer.from('other text\n'), readCertificates(ca), null)).rejects.toMatchObject({
      code: 'mismatched',
    });
    bend = (answer) => answer;
  });

  it('that is cut off, bent in a byte, or no stamp at all, is refused', async () => {
    for (const cut of [0, 1, 20, 200]) {
      bend = (answer) => answer.subarray(0, cut);
      await expect(stampCheckpoint(url, ca, note)).rejects.toMatchObject({ name: 'StampRefusal' });
    }
    bend = (answer) => {
      const bent = Buffer.from(answer);
      bent[bent.length - 10] ^= 1;
      return bent;
    };
    await expect(stampCheckpoint(url, ca, note)).rejects.toMatchObject({ code: 'untrusted' });
    bend = () => Buffer.from('<html>sign in</html>');
    await expect(stampCheckpoint(url, ca, note)).rejects.toMatchObject({ code: 'malformed' });
    bend = (answer) => answer;
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function openssl(...args: string[]): Buffer {
  return execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
}

function makeAuthority(): void {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '10', '-subj', '/CN=Test CA');
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=Test TSA');
  writeFileSync(path.join(dir, 'ext'), 'extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:false\n');
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
    '-days',
    '10',
    '-extfile',
    'ext',
  );
  writeFileSync(path.join(dir, 'serial'), '01\n');
  writeFileSync(
    path.join(dir, 'tsa.cnf'),
    [
      '[tsa]',
      'default_tsa = one',
      '[one]',
      `dir = ${dir}`,
      'serial = $dir/serial',
      'crypto_device = builtin',
      'signer_cert = $dir/tsa.pem',
      'certs = $dir/ca.pem',
      'signer_key = $dir/tsa.key',
      'signer_digest = sha256',
      'default_policy = 1.2.3.4.1',
      'digests = sha256',
      'accuracy = secs:1',
      'ordering = yes',
      'tsa_name = yes',
      'ess_cert_id_chain = no',
      'ess_cert_id_alg = sha256',
      '',
    ].join('\n'),
  );
}

function stamp(query: Buffer): Buffer {
  writeFileSync(path.join(dir, 'q.tsq'), query);
  openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'q.tsq', '-out', 'r.tsr');
  return readFileSync(path.join(dir, 'r.tsr'));
}
