import 'server-only';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { EntryDto } from '@/lib/schema/screens';
import type { PartDto } from '@/lib/schema/words';

export type Opened = { text: string } | { absent: 'shredded' | 'unreadable'; why: string };

/** One part's words, or why there are none. Never throws for what is stored: a part that cannot be opened hides no other. */
export async function openStored(_ledger: LedgerRow, part: PartDto, _entry: EntryDto): Promise<Opened> {
  if (part.state === 'shredded') return { absent: 'shredded', why: 'Its key was destroyed.' };
  if (part.state === 'missing') return { absent: 'unreadable', why: 'The sealed words are not where they should be.' };
  return { absent: 'unreadable', why: 'The vault cannot be opened.' };
}
