import { type AuditRecord, formatUuid } from '../sdk/src/index';
import type { Random } from './random';

/** A UUIDv7 whose random bits come from the seed: the same history ending at the same moment has the same ids, so that posting it again adds nothing. */
export function seededId(time: number, random: Random): string {
  return formatUuid(time, 7, random.between([0, 0xfff]), random.bytes(8));
}

/** Fills `$subject` in (its number alone where it is a part of a longer id), and each # with a digit that stays the same for that person. */
export function fillTemplate(template: string, subject: string, digits: Random): string {
  if (template === '$subject') return subject;
  return template.replace('$subject', subject.replace(/^[A-Z]+-/, '')).replace(/#/g, () => String(digits.between([1, 9])));
}

/** Chronological; records of one millisecond keep the order in which they were made. */
export function byTime(records: readonly AuditRecord[]): AuditRecord[] {
  return records
    .map((record, index) => ({ record, index }))
    .sort((a, b) => (a.record.timestamp < b.record.timestamp ? -1 : a.record.timestamp > b.record.timestamp ? 1 : a.index - b.index))
    .map(({ record }) => record);
}
