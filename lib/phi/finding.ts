/**
 * What is looked for: the identifiers of 45 CFR 164.514(b)(2)(i) that stand in text, and what finance and law count as such besides. A type's name is its
 * label in `details.phi_labels` and its placeholder: `[email]`.
 */
export const PHI_TYPES = [
  'account_number',
  'address',
  'age_over_89',
  'date',
  'dea_number',
  'diagnosis_code',
  'email',
  'iban',
  'ip_address',
  'license_number',
  'mbi',
  'mrn',
  'nhs_number',
  'nino',
  'npi',
  'payment_card',
  'person_name',
  'phone',
  'routing_number',
  'ssn',
  'url',
  'vin',
] as const;
export type PhiType = (typeof PHI_TYPES)[number];

export interface Finding {
  type: PhiType;
  /** UTF-16 units of the text, from (within) and to (without). */
  start: number;
  end: number;
  /** How sure the rule is, 0 to 1. An order among rules, not a measured probability. */
  score: number;
  /** Which rule found it; stable, for settings and for people who ask why. */
  rule: string;
}

/** What a recogniser found, in units of the scanned text. */
export type Report = (type: PhiType, start: number, end: number, score: number, rule: string) => void;
