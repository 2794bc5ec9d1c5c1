import { expect, it } from 'vitest';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { destroyableLedger, OLD } from '@/lib/testing/destroyable-ledger';
import { folderStore, openArchive } from '@/lib/testing/open-archive';
import { surveyScope } from './survey-destruction';

openArchive();

const COUNT = 1_300;
/** P-1 is named in the first and the last record, of no conversation, in conversation `own`, and in one record of another's; all others are about others. */
const about = (i: number) => {
  const alone = { subject_id: i === 0 || i === COUNT - 1 ? 'P-1' : 'P-2' };
  if (i % 2 === 0 || i === COUNT - 1) return { ...alone, conversation_id: undefined };
  if (i < 20) return { conversation_id: 'own', subject_id: 'P-1' };
  return { conversation_id: 'other', subject_id: i === 501 ? 'P-1' : 'P-2' };
};
/** As it is sent: without what it does not have. */
const old = (over: Parameters<typeof agentRecord>[0]) =>
  JSON.parse(JSON.stringify(agentRecord({ timestamp: OLD, ...over }))) as ReturnType<typeof agentRecord>;
const records = () => Array.from({ length: COUNT }, (_, i) => old(about(i)));

it.each(['in the database', 'in the archive'])(
  'what is about a person is found wherever it lies, and nothing else: %s',
  async (where) => {
    const w = await destroyableLedger(records());
    if (where === 'in the archive') await archive(w.ledger, folderStore(w.slug));
    const { found, ranges } = await surveyScope(w.ledger, { kind: 'subject', value: 'P-1' });
    expect(found).toMatchObject({ due: 13, complete: true, looked_to: null, archived: where === 'in the archive' ? 13 : 0 });
    const own = Array.from({ length: 10 }, (_, i) => 2 * i + 1);
    expect(ranges.flatMap(({ from, to }) => Array.from({ length: Number(to - from) + 1 }, (_, i) => Number(from) + i))).toEqual(
      [0, ...own, 501, COUNT - 1].sort((a, b) => a - b),
    );
  },
  30_000,
);

it.each([
  { where: 'in the database', archived: 0, known: (places: number) => (places < 60 ? places - 1 : null) },
  // Three places of conversations, and one of all that is in none.
  { where: 'in the archive', archived: 60, known: (places: number) => (places < 4 ? places - 1 : null) },
  { where: 'in both', archived: 30, known: (places: number) => (places < 4 ? places - 1 : places < 30 ? 29 + places : null) },
])(
  'a person who is named in more places than are read at once is looked at as far as those go, and that is said: $where',
  async ({ archived, known }) => {
    const w = await destroyableLedger(
      Array.from({ length: 60 }, (_, i) => old({ subject_id: 'P-1', conversation_id: i < 3 ? `talk-${i}` : undefined })),
    );
    await archive(w.ledger, folderStore(w.slug), { due: everythingDue((seq) => seq < BigInt(archived)) });
    for (const places of [1, 2, 3, 4, 5, 29, 30, 59, 60, 100]) {
      const { found, ranges } = await surveyScope(w.ledger, { kind: 'subject', value: 'P-1' }, { places });
      const to = known(places);
      expect({ places, complete: found.complete, to: found.looked_to }).toEqual({
        places,
        complete: to === null,
        to: to === null ? null : String(to),
      });
      expect({ places, ranges, due: found.due }).toEqual({ places, ranges: [{ from: 0n, to: BigInt(to ?? 59) }], due: (to ?? 59) + 1 });
    }
  },
  30_000,
);

it('a look for a person that has no time left says how far it came, and comes that far', async () => {
  const w = await destroyableLedger(Array.from({ length: 40 }, (_, i) => old({ subject_id: 'P-1', conversation_id: `talk-${i % 4}` })));
  // The first conversation is read, whose records lie behind where the next one begins.
  const { found, ranges } = await surveyScope(w.ledger, { kind: 'subject', value: 'P-1' }, { mostMs: 0 });
  expect({ due: found.due, complete: found.complete, to: found.looked_to, ranges }).toEqual({
    due: 1,
    complete: false,
    to: '0',
    ranges: [{ from: 0n, to: 0n }],
  });
});
