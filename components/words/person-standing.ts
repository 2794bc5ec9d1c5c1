import { ApiProblem } from '@/components/api/call-api';
import type { HoldDto, HoldPage } from '@/lib/schema/holds';
import { IDENTIFIER } from '@/lib/schema/vocabulary';
import type { ShreddingPreview } from '@/lib/schema/words';

/** Pages of standing holds on persons that are looked through. */
const PAGES = 20;

/** What is known of a person's words. */
export interface PersonStanding {
  subject: string;
  /** What a shredding would destroy; null where nothing is, or ever was, kept under that id. */
  counted: ShreddingPreview | null;
  /** In force, on the person or on a conversation that holds their words. */
  holds: readonly HoldDto[];
  /** False: there are more holds in this ledger than could be looked through. */
  holdsComplete: boolean;
}

type Ask = <T>(path: string, call?: { method?: 'POST'; body?: unknown }) => Promise<T>;

/**
 * Asks what is kept about a person. A hold may stand on somebody about whom nothing is kept yet: it is then looked for in the list of holds.
 * @param at puts the ledger into an address
 * @throws ApiProblem for any refusal but that nothing is kept
 */
export async function lookAtPerson(ask: Ask, at: (path: string) => string, subject: string): Promise<PersonStanding> {
  try {
    const body = { scope: { kind: 'subject', value: subject } };
    const counted = await ask<ShreddingPreview>(at('/api/v1/shreddings/preview'), { method: 'POST', body });
    return { subject, counted, holds: counted.holds, holdsComplete: true };
  } catch (refusal) {
    if (!(refusal instanceof ApiProblem) || refusal.code !== 'not_found' || refusal.pointer !== '/scope/value') throw refusal;
  }
  const holds: HoldDto[] = [];
  let older: string | null = null;
  for (let i = 0; i < PAGES; i++) {
    // The id of a person goes into no address.
    const page: HoldPage = await ask(at(`/api/v1/holds?kind=subject&state=standing${older === null ? '' : `&older=${older}`}`));
    holds.push(
      ...page.rows.filter(({ scope, released_at }) => scope.kind === 'subject' && scope.value === subject && released_at === null),
    );
    older = page.older;
    if (older === null) break;
  }
  return { subject, counted: null, holds, holdsComplete: older === null };
}

/** Why this is no person's id; null where it may be one. */
export function subjectFault(text: string): string | null {
  if (text === '') return 'Type the id of the person, as records name them.';
  return IDENTIFIER.test(text) ? null : 'That is no id: it has a character that ids do not have.';
}

/** Whether words are left that may be destroyed now. */
export function mayGo({ counted, holds }: PersonStanding): boolean {
  return counted !== null && counted.keys > 0 && holds.length === 0;
}
