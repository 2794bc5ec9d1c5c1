import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { hasOpenssl, startTimeAuthority, type TimeAuthority } from '@/lib/testing/time-authority';
import { stampCheckpoint } from './stamp-checkpoint';
import { assertMayStamp, readCertificates } from './trust-authority';
import { verifyStamp } from './verify-stamp';

const present = hasOpenssl();
if (!present) console.warn('skipped: openssl, which plays the time-stamping authority, is not installed');

const textOf = (size: bigint) =>
  formatCheckpoint({ origin: 'audit.example.org/ledgers/stamped', size, root: new Uint8Array(32).fill(7), extensions: [] });
const TEXT = textOf(3n);
const NOTE = `${TEXT}\n— audit.example.org/ledgers/stamped AAAAAQ==\n`.replace('AAAAAQ==', 'AAAAAQI=');
let authority: TimeAuthority;
beforeAll(async () => {
  if (!present) return;
  authority = await startTimeAuthority();
  process.env.DATABASE_URL ??= 'postgresql://nobody@localhost/none';
  process.env.OUTBOUND_ALLOW = '127.0.0.1';
}, 60_000);
beforeEach(() => {
  if (!present) return;
  authority.signer = { name: 'tsa' };
  authority.bend = (answer) => answer;
});
afterAll(async () => {
  await authority?.close();
  delete process.env.OUTBOUND_ALLOW;
});
const stamp = (certificates = authority.ca) => stampCheckpoint(authority.url, certificates, NOTE);
const kept = (response: Uint8Array, text = TEXT, certificates = authority.ca) =>
  verifyStamp(response, { data: Buffer.from(text), nonce: null, trusted: readCertificates(certificates) });

describe.skipIf(!present)('a time stamp of an authority that is trusted', () => {
  it('states a time of now, is of the checkpoint’s text, and openssl verifies it too', async () => {
    const { evidence, at } = await stamp();
    expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(60_000);
    writeFileSync(path.join(authority.dir, 'stamp.tsr'), evidence);
    writeFileSync(path.join(authority.dir, 'text'), TEXT);
    const said = authority.openssl('ts', '-verify', '-in', 'stamp.tsr', '-data', 'text', '-CAfile', 'ca.pem');
    expect(said.toString()).toContain('OK');
    expect(authority.asked.at(-1)!.headers['content-type']).toBe('application/timestamp-query');
    expect(await kept(evidence)).toEqual(at);
  });

  it.each([
    ['by an elliptic curve', { name: 'ec' }],
    ['that names its certificate by SHA-1, as older ones do', { name: 'tsa', options: { ess_cert_id_alg: 'sha1' } }],
    ['over SHA-512', { name: 'tsa', options: { signer_digest: 'sha512' } }],
  ])('is taken %s', async (_what, signer) => {
    authority.signer = signer;
    await stamp();
  });

  it('is taken where its own certificate is what is trusted, and where that stands among others', async () => {
    await stamp(readFileSync(path.join(authority.dir, 'tsa.pem'), 'utf8'));
    await stamp(`${authority.otherCa}\n${authority.ca}`);
  });
});

describe.skipIf(!present)('a time stamp is refused', () => {
  it('of an authority that nobody here trusts', async () => {
    await expect(stamp(authority.otherCa)).rejects.toMatchObject({ code: 'wrong_certificate' });
    for (const name of ['stranger', 'forged']) {
      authority.signer = { name };
      await expect(stamp()).rejects.toMatchObject({ code: 'wrong_certificate' });
    }
  });

  it('that brings another certificate than it was signed with, although of the same key', async () => {
    const der = (name: string) => new X509Certificate(readFileSync(path.join(authority.dir, `${name}.pem`))).raw;
    const { evidence } = await stamp();
    const at = evidence.indexOf(der('tsa'));
    expect([at > 0, der('twin').length]).toEqual([true, der('tsa').length]);
    const bent = Buffer.from(evidence);
    der('twin').copy(bent, at);
    await expect(kept(bent)).rejects.toMatchObject({ code: 'wrong_certificate', message: expect.stringContaining('than it names') });
  });

  it('that is signed by a certificate for other purposes too', () => {
    // openssl refuses to sign with one: what is asked is who may.
    const certificate = (name: string) => new X509Certificate(readFileSync(path.join(authority.dir, `${name}.pem`)));
    const ask = (name: string) => assertMayStamp(certificate(name), [], [certificate('ca')], new Date());
    expect(() => ask('tsa')).not.toThrow();
    for (const name of ['mixed', 'plain', 'ca'])
      expect(() => ask(name)).toThrowError(expect.objectContaining({ code: 'wrong_certificate' }));
  });

  it('that was signed when its certificate had ended', async () => {
    authority.signer = { name: 'old' };
    await expect(stamp()).rejects.toMatchObject({ code: 'wrong_certificate' });
  });

  it('that answers another request, or is of another checkpoint', async () => {
    const { evidence } = await stamp();
    authority.bend = () => evidence;
    await expect(stamp()).rejects.toMatchObject({ code: 'wrong_nonce' });
    await expect(kept(evidence, textOf(4n))).rejects.toMatchObject({ code: 'wrong_imprint' });
    const other = authority.asked.at(-1)!.query;
    const imprint = other.indexOf(Buffer.from('0420', 'hex')) + 2;
    authority.bend = (_answer, query) => {
      const bent = Buffer.from(query);
      bent[imprint] ^= 1;
      return authority.reply(bent);
    };
    await expect(stamp()).rejects.toMatchObject({ code: 'wrong_imprint' });
  });

  it('that is not granted', async () => {
    authority.bend = (_answer, query) => {
      // An algorithm that the authority does not take: openssl answers with a rejection.
      const bent = Buffer.from(query);
      bent[bent.indexOf(Buffer.from('0609608648016503040201', 'hex')) + 10] = 3;
      return authority.reply(bent);
    };
    await expect(stamp()).rejects.toMatchObject({ code: 'not_granted' });
  });

  it('whose signature has a bit changed', async () => {
    const { evidence } = await stamp();
    const signature = Buffer.from(evidence);
    signature[signature.length - 10] ^= 1;
    await expect(kept(signature)).rejects.toMatchObject({ code: 'signature_invalid' });
  });

  it('wherever a byte is changed or it is cut off, and what comes with it never throws anything else', async () => {
    const { evidence } = await stamp();
    await fc.assert(
      fc.asyncProperty(fc.nat(evidence.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bent = Buffer.from(evidence);
        bent[at] ^= change;
        // What a stamp says in free text or its certificates beyond need may change; that it is of this text, at this time, by this authority, may not.
        const read = await kept(bent).catch((error: unknown) => error);
        if (read instanceof Date) expect(read).toEqual(await kept(evidence));
        else expect(read).toMatchObject({ name: 'StampRefusal' });
      }),
      { numRuns: 300 },
    );
    for (const length of [0, 1, 2, 20, 200, evidence.length - 1])
      await expect(kept(evidence.subarray(0, length))).rejects.toMatchObject({ code: 'malformed' });
    await expect(kept(Buffer.concat([evidence, Buffer.from([0])]))).rejects.toMatchObject({ code: 'malformed' });
    await expect(kept(Buffer.from('<html>sign in</html>'))).rejects.toMatchObject({ code: 'malformed' });
  }, 60_000);

  it('where what is to be trusted is no certificate', () => {
    for (const pem of ['', 'nothing', authority.ca.replace(/M[A-Z]/, '!!'), authority.ca.repeat(17)])
      expect(() => readCertificates(pem)).toThrowError(expect.objectContaining({ code: 'bad_certificates' }));
    expect(readCertificates(authority.ca + authority.otherCa)).toHaveLength(2);
  });
});
