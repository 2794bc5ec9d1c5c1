import 'server-only';
import { readCertificate } from '@/lib/chain/destruction-certificate';
import type { DestructionDetail, DestructionPageDto } from '@/lib/schema/destruction';
import type { Tx } from './bounded-read';
import { findDestruction, listDestructions, readCertificateNote, readDestructionItems, readDestructionObjects } from './read-destructions';

const PAGE = 50;
const OBJECTS_SHOWN = 500;
const RANGES_SHOWN = 200;

/** Newest first. @param before a number of this ledger's destructions; null for the newest. @param person who asks, to tell own requests from others' */
export async function readDestructionPage(
  tx: Tx,
  ledgerId: number,
  before: number | null,
  person: string | null,
): Promise<DestructionPageDto> {
  const rows = await listDestructions(tx, ledgerId, { before, person, limit: PAGE + 1 });
  const shown = rows.slice(0, PAGE);
  return { rows: shown, next_before: rows.length > PAGE ? shown.at(-1)!.number : null };
}

/** @returns null where this ledger has none of that name */
export async function readDestructionDetail(
  tx: Tx,
  ledgerId: number,
  name: string,
  person: string | null,
): Promise<DestructionDetail | null> {
  const one = await findDestruction(tx, ledgerId, name, person);
  if (one === null) return null;
  const [first] = await readDestructionItems(tx, one.id, -1, 1);
  const kept = await readCertificateNote(tx, one.id);
  const few = (ranges: readonly { from: bigint; to: bigint }[] = []) =>
    ranges.slice(0, RANGES_SHOWN).map(({ from, to }) => [String(from), String(to)] as [string, string]);
  return {
    ...one,
    objects: await readDestructionObjects(tx, one.id, OBJECTS_SHOWN),
    certified: kept === null ? null : readCertificate(kept.note),
    ranges: { named: few(first?.seqs), destroyed: few(first?.destroyed) },
  };
}
