/** Why words are revealed (45 CFR 164.506, 164.508, 164.512 name the first of these): the list that a ledger begins with; a compliance officer may set another. */
export interface Purpose {
  /** Stands in the access ledger. */
  code: string;
  /** What the dialog says. */
  say: string;
  /** Whether it has to be told in own words besides. */
  needs_note: boolean;
}

export const DEFAULT_PURPOSES: readonly Purpose[] = [
  { code: 'treatment', say: 'Treatment', needs_note: false },
  { code: 'payment', say: 'Payment', needs_note: false },
  { code: 'operations', say: 'Operations', needs_note: false },
  { code: 'quality_review', say: 'Quality review', needs_note: false },
  { code: 'complaint', say: 'Complaint', needs_note: false },
  { code: 'legal_request', say: 'Legal request', needs_note: false },
  { code: 'security_incident', say: 'Security incident', needs_note: false },
  { code: 'audit', say: 'Audit', needs_note: false },
  { code: 'other', say: 'Another purpose', needs_note: true },
];

export type PurposeFault = 'unknown' | 'note_missing';

/** Pure decision: whether words may be revealed for that purpose, told like that. @returns null where they may */
export function purposeFault(purposes: readonly Purpose[], code: string, note: string | undefined): PurposeFault | null {
  const purpose = purposes.find((one) => one.code === code);
  if (purpose === undefined) return 'unknown';
  return purpose.needs_note && (note === undefined || note === '') ? 'note_missing' : null;
}
