import { afterEach, describe, expect, it } from 'vitest';
import { prisma } from '@/lib/db';
import { readEntries } from '@/lib/ledger/read-entries';
import { viewRecordProof } from '@/lib/proofs/prove-record';
import { requestDestruction } from '@/lib/retention/manage-destruction';
import { archive } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, destroyableLedger, old, wish } from '@/lib/testing/destroyable-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, openArchive } from '@/lib/testing/open-archive';
import { type FetchedSegment, fetchSegment, forgetSegments } from './fetch-segment';
import { fillEntries, readArchived } from './read-archived';
import { listSegments, type Segment } from './segments';

/** What was destroyed is served by nobody, though its object is locked for years and its body was in memory. */
openArchive();
afterEach(() => forgetSegments());

/** Nine records in one segment, which a process has read and keeps. */
async function world(): Promise<DestroyableLedger & { segment: Segment; kept: FetchedSegment }> {
  const made = await destroyableLedger(old(9));
  await archive(made.ledger, folderStore(made.slug));
  const [segment] = await listSegments(made.ledger.id, 0n, 1);
  return { ...made, segment: segment!, kept: await fetched(made, segment!) };
}
async function fetched({ ledger }: Pick<DestroyableLedger, 'ledger'>, segment: Segment): Promise<FetchedSegment> {
  const found = await fetchSegment(ledger, segment);
  if ('say' in found) throw new Error(found.say);
  return found;
}
/** As another process commits it, which says nothing to this one. */
async function destroyElsewhere(w: DestroyableLedger): Promise<void> {
  const asked = await requestDestruction(w.officer, w.slug, wish({ kind: 'range', from: '2', to: '4' }));
  await asAdmin(db.adminUrl, async (c) => {
    await c.query('ALTER TABLE destruction_items DISABLE TRIGGER USER');
    await c.query('UPDATE destruction_items SET destroyed = seqs WHERE destruction_id = $1', [asked.id]);
  });
}
const bodies = (one: FetchedSegment) => Array.from({ length: 9 }, (_, seq) => one.body(BigInt(seq)) !== undefined);
const LEFT = [true, true, false, false, false, true, true, true, true];

describe('a segment that is kept in memory', () => {
  it('serves no body from the moment on in which another process has destroyed it, to whoever asks with an old row too', async () => {
    const w = await world();
    expect(bodies(w.kept)).toEqual(Array(9).fill(true));
    await destroyElsewhere(w);
    const again = await fetched(w, w.segment);
    // It was not fetched anew: what is left is served from memory.
    expect(again.at).toEqual(w.kept.at);
    expect([bodies(again), again.destroyed(3n), again.destroyed(5n)]).toEqual([LEFT, true, false]);
    // Nor is it there any more for whoever held on to it.
    expect(bodies(w.kept)).toEqual(LEFT);
  });

  it('is fetched without what was destroyed, where it was not kept', async () => {
    const w = await world();
    await destroyElsewhere(w);
    forgetSegments();
    expect(bodies(await fetched(w, w.segment))).toEqual(LEFT);
  });

  it('gives nothing of it to a record, a page or a proof, whether they ask before what was destroyed or not', async () => {
    const w = await world();
    const entries = await readEntries(prisma(), w.ledger.id, [3n, 5n]);
    const proof = async (at: number) => (await viewRecordProof(w.auditor, w.slug, entries[at]!.id)).body;
    expect([await proof(0), await proof(1)]).toEqual([expect.any(String), expect.any(String)]);
    await destroy(w, { kind: 'range', from: '2', to: '4' });
    expect([await proof(0), await proof(1)]).toEqual([null, expect.any(String)]);
    const [gone, left] = await fillEntries(w.ledger, entries);
    expect([gone!.body, gone!.destroyed?.number, left!.body === null]).toEqual([null, 1, false]);
    const asked = entries.map(({ seq, body_hash }) => ({ seq: BigInt(seq), digest: Buffer.from(body_hash, 'hex') }));
    const found = await readArchived(w.ledger, asked);
    expect([found.get(3n)!.body, found.get(3n)!.archived.state, found.get(5n)!.archived.state]).toEqual([null, 'not_fetched', 'verified']);
  });
});
