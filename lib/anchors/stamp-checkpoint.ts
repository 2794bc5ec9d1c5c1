import 'server-only';
import { createHash, randomBytes } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { utf8 } from '@/lib/chain/bytes';
import { parseNote } from '@/lib/chain/signed-note';
import { guardedFetch } from '@/lib/outbound/guarded-fetch';
import { StampRefusal } from './stamp-refusal';
import { readCertificates } from './trust-authority';
import { verifyStamp } from './verify-stamp';

export interface Stamp {
  /** TimeStampResp as it came: `openssl ts -verify` reads it. */
  evidence: Buffer;
  /** The time that the authority states. */
  at: Date;
}

const SHA_256 = '2.16.840.1.101.3.4.2.1';
const NONCE_BYTES = 16;
const TIMEOUT_MS = 20_000;
/** A response has a few certificates in it. */
const MOST_BYTES = 131_072;

/**
 * A time stamp, by an RFC 3161 authority, of a checkpoint's text: origin, size and root. Signatures speak for themselves, and more may come. What the
 * authority answers is believed when it verifies.
 * @param certificates PEM: of the authority itself, or of one that issued its certificate.
 * @throws StampRefusal, OutboundError
 * @see RFC 3161 §2.4.1, §3.4
 */
export async function stampCheckpoint(url: string, certificates: string, note: string): Promise<Stamp> {
  const data = utf8(parseNote(note).text);
  const trusted = readCertificates(certificates);
  const nonce = newNonce();
  const answer = await guardedFetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply', 'user-agent': 'holdfast' },
    body: stampRequest(data, nonce),
    maxBytes: MOST_BYTES,
    timeoutMs: TIMEOUT_MS,
  });
  if (answer.status !== 200) throw new StampRefusal('http', `The authority answered with status ${answer.status}.`);
  if (!/^application\/timestamp-reply\s*(;|$)/i.test(answer.headers['content-type'] ?? ''))
    throw new StampRefusal('http', 'The authority did not answer with a time stamp.');
  return { evidence: answer.body, at: await verifyStamp(answer.body, { data, nonce, trusted }) };
}

/** Random, and as an INTEGER positive and of one encoding: its first byte is neither zero nor above 127. */
function newNonce(): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  nonce[0] = (nonce[0] & 0x3f) | 0x40;
  return nonce;
}

/** TimeStampReq (DER) that asks for the certificates too, so that the stamp can be verified by itself. */
function stampRequest(data: Uint8Array, nonce: Uint8Array): Buffer {
  const request = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: SHA_256, algorithmParams: new asn1js.Null() }),
      hashedMessage: new asn1js.OctetString({ valueHex: Uint8Array.from(createHash('sha256').update(data).digest()) }),
    }),
    nonce: new asn1js.Integer({ valueHex: Uint8Array.from(nonce) }),
    certReq: true,
  });
  return Buffer.from(request.toSchema().toBER(false));
}
