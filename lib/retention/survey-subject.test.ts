import { expect, it } from 'vitest';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive } from '@/lib/testing/archived-ledger';
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
const records = () =>
  Array.from(
    { length: COUNT },
    (_, i) => JSON.parse(JSON.stringify(agentRecord({ timestamp: OLD, ...about(i) }))) as ReturnType<typeof agentRecord>,
  );

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
  { where: 'in the database', all: 60 },
  { where: 'in the archive', all: 4 },
])(
  'a person who is named in more places than are read at once is looked at as far as those go, and that is said: $where',
  async ({ where, all }) => {
    // All are about the same person: three of a conversation each, then some of none, whose place in the archive is one.
    const w = await destroyableLedger(
      Array.from({ length: 60 }, (_, i) =>
        agentRecord({ timestamp: OLD, subject_id: 'P-1', conversation_id: i < 3 ? `talk-${i}` : undefined }),
      ).map((record) => JSON.parse(JSON.stringify(record)) as ReturnType<typeof agentRecord>),
    );
    if (where === 'in the archive') await archive(w.ledger, folderStore(w.slug), { bounds: { rows: 10, bytes: 1_000_000 } });
    for (const places of [2, 3, 4, 5, 6, 7, 59, 60, 61, 100]) {
      const { found, ranges } = await surveyScope(w.ledger, { kind: 'subject', value: 'P-1' }, { places });
      expect([places, found.complete]).toEqual([places, places > all]);
      // Whole up to where it went, and nothing behind it.
      const to = found.complete ? 59 : Number(found.looked_to);
      expect([places, ranges]).toEqual([places, [{ from: 0n, to: BigInt(to) }]]);
      expect(found.due).toBe(to + 1);
    }
  },
  30_000,
);
