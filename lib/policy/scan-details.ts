import { detectPhi } from '@/lib/phi/detect-phi';
import { maskText } from '@/lib/phi/mask-text';

export interface ScannedDetails {
  /** Types that were found, sorted. */
  labels: string[];
  /** The same details with each finding replaced by its type; the very object where nothing was found. */
  masked: Record<string, unknown>;
  /** JSON pointer (within details) → the text as it was sent. */
  originals: Record<string, string>;
}

/** The record's own metadata, as docs/connect.md names them: who approved a prompt is no patient, and an expiry no date of birth. */
const METADATA: ReadonlySet<string> = new Set([
  'approver',
  'author',
  'channel',
  'expires_at',
  'fields',
  'finish_reason',
  'grant_id',
  'language',
  'model',
  'previous_model',
  'previous_version',
  'prompt_version',
  'requester',
  'revoked_by',
  'scope',
  'sha256',
  'ticket',
  'tool',
  'tool_call_id',
  'version',
]);
/** A moment as machines write it; about a person only where the member's name says so. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/;
const OF_A_LIFE = /birth|dob|death|admi|discharge/i;

/** Personal identifiers that a sender put where metadata belong, and the details without them. Depth and size are bounded by the reader of the body. */
export function scanDetails(details: Record<string, unknown>): ScannedDetails {
  const labels = new Set<string>();
  const originals: Record<string, string> = {};
  const masked = walk(details, '', '', labels, originals);
  return { labels: [...labels].sort(), masked: masked as Record<string, unknown>, originals };
}

function walk(value: unknown, pointer: string, name: string, labels: Set<string>, originals: Record<string, string>): unknown {
  if (typeof value === 'string') {
    const found = textOf(value, name);
    if (found.length === 0) return value;
    for (const { type } of found) labels.add(type);
    originals[pointer] = value;
    return maskText(value, found);
  }
  if (Array.isArray(value)) {
    let changed = false;
    const items = value.map((item, i) => {
      const kept = walk(item, `${pointer}/${i}`, name, labels, originals);
      changed ||= kept !== item;
      return kept;
    });
    return changed ? items : value;
  }
  if (value === null || typeof value !== 'object') return value;
  let changed = false;
  const members: [string, unknown][] = [];
  for (const [member, inner] of Object.entries(value)) {
    const exempt = pointer === '' && METADATA.has(member);
    const kept = exempt
      ? inner
      : walk(inner, `${pointer}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`, member, labels, originals);
    changed ||= kept !== inner;
    members.push([member, kept]);
  }
  return changed ? Object.fromEntries(members) : value;
}

function textOf(text: string, name: string): ReturnType<typeof detectPhi> {
  const found = detectPhi(text, { hint: name });
  return INSTANT.test(text) && !OF_A_LIFE.test(name) ? found.filter(({ type }) => type !== 'date') : found;
}
