import 'server-only';
import { randomBytes, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { parseNote } from '@/lib/chain/signed-note';
import { guardedFetch } from '@/lib/outbound/guarded-fetch';

pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto }));

/**
 * refused: the authority did not grant a stamp. malformed: what it sent is none. mismatched: it is over something else than was asked. untrusted: no
 * certificate that is trusted here vouches for it.
 */
export type StampFault = 'refused' | 'malformed' | 'mismatched' | 'untrusted';

export class StampRefusal extends Error {
  override readonly name = 'StampRefusal';
  constructor(
    readonly code: StampFault,
    message: string,
  ) {
    super(message);
  }
}

export interface Stamp {
  /** The whole response (DER), as `openssl ts -verify` takes it. */
  response: Buffer;
  /** When the authority says that it saw the text. */
  time: Date;
}

const SHA_256 = '2.16.840.1.101.3.4.2.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const NONCE_BYTES = 16;
const TIMEOUT_MS = 20_000;

/**
 * A time stamp of a checkpoint's text (origin, size and root; signatures speak for themselves, and may be added later) from an authority.
 * @param certificates PEM: those that are trusted here, roots or the authority's own.
 * @throws StampRefusal; OutboundError
 * @see RFC 3161
 */
export async function stampCheckpoint(url: string, certificates: string, note: string): Promise<Stamp> {
  const text = Buffer.from(parseNote(note).text);
  const trusted = readCertificates(certificates);
  // The top bit stays clear: a DER integer with it would be a negative number, which some authorities refuse.
  const nonce = randomBytes(NONCE_BYTES);
  nonce[0] = (nonce[0]! & 0x7f) | 0x40;
  const { status, body } = await guardedFetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/timestamp-query', Accept: 'application/timestamp-reply' },
    body: await makeRequest(text, nonce),
    maxBytes: 256 * 1024,
    timeoutMs: TIMEOUT_MS,
  });
  if (status !== 200) throw new StampRefusal('refused', `The time-stamping authority answered ${status}.`);
  return { response: body, time: await verifyStamp(body, text, trusted, nonce) };
}

async function makeRequest(text: Buffer, nonce: Buffer): Promise<Uint8Array> {
  const digest = await webcrypto.subtle.digest('SHA-256', text);
  const request = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: SHA_256, algorithmParams: new asn1js.Null() }),
      hashedMessage: new asn1js.OctetString({ valueHex: digest }),
    }),
    nonce: new asn1js.Integer({ valueHex: toArrayBuffer(nonce) }),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER(false));
}

/**
 * @param nonce of the request; null for a stamp that was kept.
 * @returns the time that it states. @throws StampRefusal
 */
export async function verifyStamp(response: Buffer, text: Buffer, trusted: pkijs.Certificate[], nonce: Buffer | null): Promise<Date> {
  const { signed, info } = readResponse(response);
  if (info.messageImprint.hashAlgorithm.algorithmId !== SHA_256)
    throw new StampRefusal('mismatched', 'The time stamp is not over SHA-256.');
  const digest = Buffer.from(await webcrypto.subtle.digest('SHA-256', text));
  if (!digest.equals(Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView)))
    throw new StampRefusal('mismatched', 'The time stamp is over something else than this checkpoint.');
  if (nonce !== null && !Buffer.from(info.nonce?.valueBlock.valueHexView ?? []).equals(nonce))
    throw new StampRefusal('mismatched', 'The time stamp answers another request: its nonce is not the one that was sent.');
  await verifySignature(signed, text, trusted);
  return info.genTime;
}

function readResponse(response: Buffer): { signed: pkijs.SignedData; info: pkijs.TSTInfo } {
  const malformed = () => new StampRefusal('malformed', 'What the authority sent is no time stamp.');
  let answer: pkijs.TimeStampResp;
  try {
    answer = pkijs.TimeStampResp.fromBER(toArrayBuffer(response));
  } catch {
    throw malformed();
  }
  if (answer.status.status !== 0 && answer.status.status !== 1)
    throw new StampRefusal('refused', `The authority granted no time stamp (status ${Number(answer.status.status)}).`);
  try {
    if (answer.timeStampToken?.contentType !== SIGNED_DATA) throw malformed();
    const signed = new pkijs.SignedData({ schema: answer.timeStampToken.content });
    const content = signed.encapContentInfo.eContent;
    if (signed.encapContentInfo.eContentType !== TST_INFO || content === undefined) throw malformed();
    return { signed, info: pkijs.TSTInfo.fromBER(content.getValue()) };
  } catch (error) {
    throw error instanceof StampRefusal ? error : malformed();
  }
}

async function verifySignature(signed: pkijs.SignedData, text: Buffer, trusted: pkijs.Certificate[]): Promise<void> {
  const untrusted = (why: string) => new StampRefusal('untrusted', `The time stamp is not vouched for: ${why}.`);
  if (trusted.length === 0) throw untrusted('no certificate is trusted here');
  if (signed.signerInfos.length !== 1) throw untrusted('it has not exactly one signer');
  let result: pkijs.SignedDataVerifyResult;
  try {
    result = await signed.verify({ signer: 0, trustedCerts: trusted, data: toArrayBuffer(text), checkChain: true, extendedMode: true });
  } catch (error) {
    throw untrusted((error as { message?: string }).message ?? 'its chain cannot be followed');
  }
  if (result.signatureVerified !== true || result.signerCertificateVerified !== true) throw untrusted('its signature does not verify');
  // RFC 3161 §2.3: the key is for time stamps and nothing else, and says so critically.
  const usage = result.signerCertificate?.extensions?.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE);
  const purposes = (usage?.parsedValue as pkijs.ExtKeyUsage | undefined)?.keyPurposes;
  if (usage?.critical !== true || purposes?.length !== 1 || purposes[0] !== TIME_STAMPING)
    throw untrusted('its key is not one for time stamps');
}

/** @throws StampRefusal untrusted for a text that holds none */
export function readCertificates(pem: string): pkijs.Certificate[] {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)];
  try {
    const found = blocks.map(([, base64]) =>
      pkijs.Certificate.fromBER(toArrayBuffer(Buffer.from(base64!.replaceAll(/\s/g, ''), 'base64'))),
    );
    if (found.length > 0) return found;
  } catch {
    // Told below.
  }
  throw new StampRefusal('untrusted', 'There is no certificate in PEM form among those that are to be trusted.');
}

function toArrayBuffer(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
