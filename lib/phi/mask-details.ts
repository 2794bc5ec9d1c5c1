import { detectPhi, type Finding, type PhiType } from './detect-phi';
import { maskText } from './mask-text';

export interface MaskedDetails {
  /** The details with placeholders; the very object that was given where nothing was found. */
  details: Record<string, unknown>;
  /** JSON pointer (RFC 6901, within details) → what stood there. */
  originals: Record<string, string>;
  /** Sorted, each once; the types found in names of members too, which stay as they are. */
  labels: PhiType[];
}

/** A record's own metadata, as docs/connect.md names them: versions, ids and moments of machines. */
const MACHINES: ReadonlySet<string> = new Set(
  'expires_at finish_reason grant_id language model previous_model previous_version prompt_version sha256 tool tool_call_id version'.split(
    ' ',
  ),
);
/** The same, of people and their work: who approved a prompt is no patient, but no number of a card or of an insurance belongs here either. */
const WORK: ReadonlySet<string> = new Set('approver author channel fields requester revoked_by scope ticket'.split(' '));
const NEVER_OF_WORK: ReadonlySet<PhiType> = new Set('iban mbi mrn nhs_number payment_card ssn'.split(' ') as PhiType[]);
/** A day or a moment as machines write it: about a person only where the member's name says so. */
const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?$/;
const OF_A_LIFE = /birth|dob|death|died|admi|discharg/i;

/** Under these names a whole number is a person's; whatever else it looks like is a quantity, a moment or a place in something. */
const OF_SOMEBODY: ReadonlySet<PhiType> = new Set(
  'account_number age_over_89 license_number mrn nhs_number npi payment_card phone routing_number ssn'.split(' ') as PhiType[],
);
/** One number of sixteen digits in ten looks like a card's. */
const OF_A_CARD = /card|pan|account/i;
const QUANTITY: ReadonlySet<string> = new Set(
  'amount at balance bytes cache cents count length limit max min ms offset rate s seconds size tokens total'.split(' '),
);
const isQuantity = (name: string) => name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).some((word) => QUANTITY.has(word.toLowerCase()));

export type Detect = (text: string, name: string) => readonly Finding[];
/** What stands in a member of that name. */
export const detectInMember: Detect = (text, name) => {
  const found = detectPhi(text, { hint: name });
  return found.length > 0 && INSTANT.test(text) && !OF_A_LIFE.test(name) ? found.filter(({ type }) => type !== 'date') : found;
};

/**
 * Masks every string of a record's details in which PHI stands, at any depth, and every whole number that is somebody's by its member's name, which counts as a
 * word before it. Other numbers stay, and so do the names of members.
 * @param details JSON, as parsed, no deeper than a record allows.
 */
export function maskDetails(details: Record<string, unknown>, find: Detect = detectInMember): MaskedDetails {
  const originals: Record<string, string> = {};
  const labels = new Set<PhiType>();
  const visit = (value: unknown, pointer: string, name: string, work = false): unknown => {
    if (typeof value === 'string') {
      const findings = work ? find(value, '').filter(({ type }) => NEVER_OF_WORK.has(type)) : find(value, name);
      if (findings.length === 0) return value;
      originals[pointer] = value;
      for (const { type } of findings) labels.add(type);
      return maskText(value, findings);
    }
    if (typeof value === 'number' && value >= 90 && Number.isSafeInteger(value)) {
      const text = String(value);
      const [finding] = find(text, name);
      if (finding === undefined || !OF_SOMEBODY.has(finding.type) || finding.end - finding.start < text.length || isQuantity(name))
        return value;
      if (finding.type === 'payment_card' && !OF_A_CARD.test(name)) return value;
      originals[pointer] = text;
      labels.add(finding.type);
      return maskText(text, [finding]);
    }
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      const items = value.map((item, i) => visit(item, `${pointer}/${i}`, name, work));
      return items.every((item, i) => item === value[i]) ? value : items;
    }
    let changed = false;
    const members = Object.entries(value).map(([member, inner]): [string, unknown] => {
      for (const { type } of find(member, '')) labels.add(type);
      if (pointer === '' && MACHINES.has(member)) return [member, inner];
      const place = `${pointer}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const kept = visit(inner, place, member, work || (pointer === '' && WORK.has(member)));
      changed ||= kept !== inner;
      return [member, kept];
    });
    return changed ? Object.fromEntries(members) : value;
  };
  return { details: visit(details, '', '') as Record<string, unknown>, originals, labels: [...labels].sort() };
}
