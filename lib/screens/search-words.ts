import 'server-only';
import { recordRefusal } from '@/lib/access-log/record-refusal';
import type { Viewer } from '@/lib/auth/viewer';
import type { Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { readIndexed } from '@/lib/ledger/read-word-index';
import type { WordTokens } from '@/lib/ledger/search-terms';
import { detectPhi } from '@/lib/phi/detect-phi';
import { maskText } from '@/lib/phi/mask-text';
import { RefusalError } from '@/lib/schema/errors';
import type { RecordFilter } from '@/lib/schema/filters';
import { formatQuery, parseQuery, type Term, tokensOf } from '@/lib/schema/search-query';
import { wordTokens } from '@/lib/vault/blind-index';
import { refuse } from './audited-screen';

/** Whether a search looks into what was said, which only those may who may be shown it. */
export function asksForWords(filters: RecordFilter): boolean {
  return saidTerms(filters).length > 0;
}

function saidTerms({ q }: RecordFilter): Term[] {
  return q === undefined ? [] : parseQuery(q).terms.filter(({ name }) => name === 'said');
}

/** The filters as the access ledger keeps them: of the words that were looked for, personal identifiers by their kind alone. */
export function recordedFilters(filters: RecordFilter): RecordFilter {
  if (!asksForWords(filters)) return filters;
  const { terms } = parseQuery(filters.q!);
  const masked = terms.map((term) => (term.name === 'said' ? { ...term, value: maskText(term.value, detectPhi(term.value)) } : term));
  return { ...filters, q: formatQuery(masked) };
}

/** How far the index has got: what was said later is not found by it yet. */
export interface WordsSearched {
  indexed_to: string | null;
  complete: boolean;
}

/** Keys of programs are not let near the words; that one tried is recorded. @throws RefusalError forbidden */
export async function assertPerson(viewer: Viewer, ledger: string, screen: string): Promise<void> {
  if (viewer.keyId === null) return;
  await recordRefusal(viewer, null, ledger, 'content.reveal', screen);
  throw new RefusalError('forbidden', 'What was said is searched by people who have signed in, not by keys.');
}

/** @param head the ledger's last position. @throws RefusalError words_not_indexed, vault_unavailable */
export async function readWordTokens(
  tx: Tx,
  ledger: LedgerRow,
  filters: RecordFilter,
  head: bigint,
): Promise<{ tokens: WordTokens; searched: WordsSearched }> {
  if (!(await readContentSettings(tx, ledger.id)).blind_index) refuse('words_not_indexed');
  const indexed = await readIndexed(tx, ledger.id);
  try {
    const tokens = await wordTokens(ledger.id, new Set(saidTerms(filters).flatMap(({ value }) => tokensOf(value))));
    return { tokens, searched: { indexed_to: indexed === null ? null : String(indexed), complete: indexed !== null && indexed >= head } };
  } catch (error) {
    if (!(error instanceof Error && error.name === 'VaultError')) throw error;
    refuse('vault_unavailable', 'The vault does not answer, so that words cannot be searched now.');
  }
}
