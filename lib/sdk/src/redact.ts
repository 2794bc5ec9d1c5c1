import { detectPhi, type Finding, type PhiType } from '../../phi/detect-phi';
import { detectInMember, maskDetails } from '../../phi/mask-details';
import { maskText } from '../../phi/mask-text';
import type { AuditRecord } from './record';

export { detectPhi, type Finding, PHI_TYPES, type PhiType } from '../../phi/detect-phi';
export { maskText } from '../../phi/mask-text';

export interface RedactOptions {
  /** What is masked; all types when left out. */
  types?: readonly PhiType[];
  /** Findings below this score stay; 0 when left out. */
  leastScore?: number;
}

/**
 * Redaction before anything is queued or sent: `createAuditClient({ …, redact: redactPhi() })`. What is found in details and content is replaced by its type
 * (`[email]`) and named in `details.redacted`; the words do not leave the process, so nobody can open them later. It finds what the ledger's own detection
 * finds, and misses what that misses.
 */
export function redactPhi({ types, leastScore = 0 }: RedactOptions = {}): (record: AuditRecord) => AuditRecord {
  const wanted = types === undefined ? null : new Set<PhiType>(types);
  const isMeant = ({ type, score }: Finding) => score >= leastScore && (wanted?.has(type) ?? true);
  return (record) => {
    const labels = new Set<PhiType>();
    // As it would go over the wire: what makes a string of itself is a string from here on.
    const given = record.details === undefined ? undefined : (JSON.parse(JSON.stringify(record.details)) as Record<string, unknown>);
    const masked = given === undefined ? undefined : maskDetails(given, (text, name) => detectInMember(text, name).filter(isMeant));
    for (const label of Object.keys(masked?.originals ?? {}).length > 0 ? masked!.labels : []) labels.add(label);
    const content = record.content?.map(({ part, text }) => {
      const findings = detectPhi(text).filter(isMeant);
      for (const { type } of findings) labels.add(type);
      return { part, text: maskText(text, findings) };
    });
    const details = labels.size === 0 ? masked?.details : { ...masked?.details, redacted: [...labels].sort() };
    return { ...record, ...(details === undefined ? {} : { details }), ...(content === undefined ? {} : { content }) };
  };
}
