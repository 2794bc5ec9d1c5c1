import 'server-only';
import type { JsonValue } from '@/lib/chain/canonical-json';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { Kept, SealedContent } from '@/lib/ledger/prepare-record';
import { log } from '@/lib/log';
import { findIdentifiers } from '@/lib/outbound/ask-presidio';
import { type Detect, detectInMember, type MaskedDetails, maskDetails } from '@/lib/phi/mask-details';
import { type Refusal, RefusalError } from '@/lib/schema/errors';
import type { RecordInput } from '@/lib/schema/record';
import { LIMITS } from '@/lib/schema/vocabulary';
import type { ContentSettings } from '@/lib/schema/words';
import { dataKeyFor, type KeyScope } from '@/lib/vault/data-keys';
import { isVaultError } from '@/lib/vault/key-encryption';
import { ledgerSecret } from '@/lib/vault/ledger-secrets';
import { sealPart } from '@/lib/vault/seal-part';
import { contentPolicy } from './content-policy';
import type { Judged, Received } from './read-records';

type Owner = Pick<LedgerRow, 'id' | 'origin'>;

/**
 * What was received, with its words sealed: before anything of them touches a disk or a log. What the words and the details hold of personal identifiers
 * lifts the classification and is named in the details; identifiers in details are masked, and their originals sealed too.
 * @throws RefusalError vault_unavailable (nothing was stored), store_busy where the settings cannot be read
 */
export async function underVault(received: Received, ledger: Owner): Promise<Received> {
  const items = received.kind === 'single' ? [received.item] : received.items;
  // Most records have neither words nor anything in their details that looks like a person's.
  const scans = items.map((item) =>
    'refusal' in item || item.record.details === undefined ? null : maskDetails(item.record.details, inMetadata),
  );
  if (!items.some((item, i) => concerned(item, scans[i]!))) return received;
  try {
    const policy = await contentPolicy(ledger.id).catch((error: unknown) => {
      log.error({ err: error, ledger: ledger.id }, 'the content settings cannot be read');
      throw new RefusalError('store_busy');
    });
    const sealed: Judged[] = [];
    // One after another: what is in the clear at a time is one record's.
    for (const [i, item] of items.entries())
      sealed.push(concerned(item, scans[i]!) ? await sealItem(item, scans[i]!, ledger, policy) : item);
    return received.kind === 'single' ? { kind: 'single', item: sealed[0]! } : { kind: 'batch', items: sealed };
  } catch (error) {
    if (!isVaultError(error)) throw error;
    log.error({ err: error, ledger: ledger.id }, 'words cannot be sealed');
    throw new RefusalError('vault_unavailable');
  }
}

/** Below this a finding is a guess (two capitalised words): in words it is named, in details it would change what a sender meant. */
const SURE = 0.6;
/** Addresses of the net are what metadata are made of (an API that was called, a host): in words they count, in details they stay as they were sent. */
const inMetadata: Detect = (text, name) =>
  detectInMember(text, name).filter(({ type, score }) => type !== 'url' && type !== 'ip_address' && score >= SURE);

function concerned(item: Judged, scan: MaskedDetails | null): item is Extract<Judged, { record: RecordInput }> {
  if ('refusal' in item) return false;
  return item.record.content !== undefined || (scan?.labels.length ?? 0) > 0;
}

async function sealItem(
  item: Extract<Judged, { record: RecordInput }>,
  scan: MaskedDetails | null,
  ledger: Owner,
  policy: ContentSettings,
): Promise<Judged> {
  const { record } = item;
  const fault = faultOf(record, scan, policy);
  if (fault !== null) return { refusal: fault };
  const parts: { part: string; text: string }[] = [...(record.content ?? [])];
  const masks = scan !== null && Object.keys(scan.originals).length > 0 && policy.phi_in_details === 'mask';
  if (masks) parts.push({ part: 'details', text: JSON.stringify(scan.originals) });
  const labels = new Set<string>(scan?.labels);
  for (const { text } of record.content ?? []) for (const { type } of await findIdentifiers(text)) labels.add(type);
  const content: JsonValue[] = [];
  const sealed: SealedContent[] = [];
  if (parts.length > 0) {
    const key = await dataKeyFor(scopeOf(ledger, record));
    for (const [index, { part, text }] of parts.entries()) {
      const place = { origin: ledger.origin, conversationId: record.conversation_id ?? null, recordId: record.id, part, index };
      const { commitment, nonce, sha256, ciphertext } = sealPart(key, place, text);
      content.push({ ...commitment });
      sealed.push({ index, part, keyId: key.id, nonce, sha256, ciphertext });
    }
  }
  const kept: Kept = {
    ...item.kept,
    details: detailsOf(record, item.kept, masks ? scan : null, labels),
    ...(labels.size > 0 && { data_classification: 'restricted' as const }),
    ...(parts.length > 0 && { content, sealed, submissionKey: await ledgerSecret(ledger.id, 'submission') }),
  };
  return { ...item, kept };
}

/** The scope whose key seals a record's words. */
export function scopeOf(ledger: Pick<LedgerRow, 'id'>, record: Pick<RecordInput, 'conversation_id' | 'id' | 'subject_id'>): KeyScope {
  return {
    ledgerId: ledger.id,
    conversationId: record.conversation_id ?? null,
    recordId: record.id,
    subjectId: record.subject_id ?? null,
  };
}

function faultOf({ content = [] }: RecordInput, scan: MaskedDetails | null, policy: ContentSettings): Refusal | null {
  if (content.length > LIMITS.contentParts)
    return { code: 'out_of_range', pointer: '/content', detail: `A record has at most ${LIMITS.contentParts} parts of content.` };
  for (const [i, { text }] of content.entries()) {
    const bytes = Buffer.byteLength(text, 'utf8');
    if (bytes > LIMITS.contentBytes)
      return {
        code: 'content_too_large',
        pointer: `/content/${i}/text`,
        detail: `This part has ${bytes} bytes; ${LIMITS.contentBytes} are allowed. Split it over several parts or records.`,
      };
  }
  const [first] = Object.keys(scan?.originals ?? {});
  if (first !== undefined && policy.phi_in_details === 'reject')
    return {
      code: 'phi_in_details',
      pointer: `/details${first}`,
      detail: `details holds what looks like ${scan!.labels.join(', ')}. Put words into content; details is for metadata.`,
    };
  return null;
}

/** The sender's own claim that there is something is never taken back. */
function detailsOf(
  record: RecordInput,
  kept: Kept | undefined,
  masked: MaskedDetails | null,
  labels: ReadonlySet<string>,
): Record<string, unknown> {
  const lengths: Record<string, number> = {};
  for (const { part, text } of record.content ?? []) lengths[part] = (lengths[part] ?? 0) + Buffer.byteLength(text, 'utf8');
  const { registry } = kept?.details ?? {};
  return {
    ...(masked?.details ?? record.details),
    ...(registry !== undefined && { registry }),
    ...(labels.size > 0 && { contains_phi: true, phi_labels: [...labels].sort() }),
    ...(record.content !== undefined && { content_lengths: lengths }),
  };
}
