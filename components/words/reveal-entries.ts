import type { RevealedDto, RevealWish } from '@/lib/schema/words';

/** A reveal as the docket lists it; of one that was cut off it is not known how many parts it was of. */
export type ListedReveal = Omit<RevealedDto, 'parts'> & { parts: number | null };

/** What a reveal knows of its own entry in the access ledger, which was durable before its first word came. */
export interface Entered {
  wish: RevealWish;
  /** Parts that were asked for; null where the answer was cut off before it said so. */
  parts: number | null;
  /** When the answer began, RFC 3339. */
  at: string;
}

/**
 * The line of a reveal that was made on this page, so that nobody has to load it again to see themselves on it.
 * @param by who reveals, as the access ledger names them
 * @param emergency whether the words stand open to them by break-glass
 */
export function listEntered({ wish, parts, at }: Entered, by: string, emergency: boolean, ordinal: number): ListedReveal {
  return {
    seq: `here ${ordinal}`,
    by,
    at,
    purpose: wish.purpose,
    note: wish.note === undefined || wish.note === '' ? null : wish.note,
    record_id: wish.record_id ?? null,
    parts,
    break_glass: emergency ? 'here' : null,
    export: null,
  };
}

/** @param date the header of the answer, by the server's clock; the one here is taken where it says nothing */
export function answeredAt(date: string | null, now: number): string {
  const told = date === null ? Number.NaN : Date.parse(date);
  return new Date(Number.isNaN(told) ? now : told).toISOString();
}
