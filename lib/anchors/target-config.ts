import 'server-only';
import { createHash } from 'node:crypto';
import { NoteError } from '@/lib/chain/signed-note';
import { COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, parseVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { assertAddress, OutboundError } from '@/lib/outbound/guarded-fetch';
import { canSendMail } from '@/lib/outbound/send-mail';
import type { AnchorWish } from '@/lib/schema/anchors';
import { RefusalError } from '@/lib/schema/errors';
import { StampRefusal } from './stamp-refusal';
import { readCertificates } from './trust-authority';

const MOST_KEYS = 8;

/**
 * What can be said of a place before it is asked.
 * @throws RefusalError format at the member that cannot be; conflict where this installation cannot reach places of the kind
 */
export function checkTarget(wish: AnchorWish): void {
  switch (wish.kind) {
    case 'witness':
      checkAddress(wish.config.url);
      readWitnessKeys(wish.config.vkey);
      return;
    case 'timestamp':
      checkAddress(wish.config.url);
      checkCertificates(wish.config.certificates);
      return;
    case 'webhook':
      checkAddress(wish.config.url);
      return;
    case 'email':
      if (!canSendMail())
        throw new RefusalError('conflict', 'This installation sends no mail: an operator sets SMTP_URL and MAIL_FROM.', '/kind');
      return;
    case 'object_lock':
      return;
  }
}

/**
 * The keys of one witness: of one name, for cosignatures.
 * @throws RefusalError format
 */
export function readWitnessKeys(text: string): VerifierKey[] {
  const refuse = (why: string) => new RefusalError('format', why, '/config/vkey');
  const lines = text.split(/\s+/).filter((line) => line !== '');
  if (lines.length === 0 || lines.length > MOST_KEYS) throw refuse(`Give one to ${MOST_KEYS} verifier keys, each on a line.`);
  const keys = lines.map((line) => {
    try {
      return parseVerifierKey(line);
    } catch (error) {
      if (error instanceof NoteError) throw refuse(error.message);
      throw error;
    }
  });
  if (keys.some(({ type }) => type !== COSIGNATURE_ED25519 && type !== COSIGNATURE_ML_DSA_44))
    throw refuse('This is the key of a log and not of a witness: a witness signs with type 4 or 6.');
  if (keys.some(({ name }) => name !== keys[0].name)) throw refuse('The keys of one witness bear one name.');
  return keys;
}

/** What of a place stands in the access ledger: no secrets, and of long members their hash. */
export function describeConfig(wish: AnchorWish): Record<string, unknown> {
  if (wish.kind === 'timestamp')
    return { url: wish.config.url, certificates_sha256: createHash('sha256').update(wish.config.certificates).digest('hex') };
  return { ...wish.config };
}

function checkAddress(url: string): void {
  try {
    assertAddress(url);
  } catch (error) {
    if (error instanceof OutboundError) throw new RefusalError('format', error.message, '/config/url');
    throw error;
  }
}

function checkCertificates(pem: string): void {
  try {
    readCertificates(pem);
  } catch (error) {
    if (error instanceof StampRefusal) throw new RefusalError('format', error.message, '/config/certificates');
    throw error;
  }
}
