'use client';

import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { formatCount } from '@/components/ui/format-count';
import { InertBlock, InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { EntryDto } from '@/lib/schema/screens';
import type { PartDto } from '@/lib/schema/words';
import type { RevealedPart } from './read-ndjson';
import { useWords } from './words-context';
import { foundWords, partName } from './words-words';

/** Where words would stand: bars about as long as they are, at most four lines. */
function Bars({ length }: { length: number }) {
  const count = Math.max(1, Math.min(4, Math.ceil(length / 72)));
  return (
    <span aria-hidden className="flex max-w-[70ch] flex-col gap-1.5 py-1 print:hidden">
      {Array.from({ length: count }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without words
        <span key={i} className="h-3 rounded-[2px] bg-sunk" style={{ width: i === count - 1 ? `${30 + (length % 55)}%` : '100%' }} />
      ))}
    </span>
  );
}

function Shredded({ part }: { part: PartDto }) {
  const done = useWords()?.dto.shreddings.find(({ id }) => id === part.shredding_id);
  return (
    <p className="text-sm text-ink-2">
      Words destroyed
      {done !== undefined && (
        <>
          {' '}
          <Time at={done.at} precision="minute" /> by <InertText text={done.requested_by} />, under <InertText text={done.authority} />
          {done.pending && (
            <>
              ; backups may hold their key until <Time at={done.backups_until} precision="minute" />
            </>
          )}
        </>
      )}
      . That they were there, and how long they were, stays.
    </p>
  );
}

/** What came of opening a part: its words, drawn so that they can do nothing, or why there are none. */
export function OpenedPart({ part, name }: { part: RevealedPart; name: ReactNode | null }) {
  if ('text' in part)
    return (
      <div className="my-1" data-part={part.part} data-state="revealed">
        {name !== null && <p className="text-xs text-ink-3">{name}</p>}
        <InertBlock text={part.text} className="max-w-[70ch] font-serif text-lg leading-relaxed" />
      </div>
    );
  return (
    <p className="text-sm" data-part={part.part} data-state="absent">
      <Status tone="attention">
        {partName(part.part)}: <InertText text={part.why} />
      </Status>
    </p>
  );
}

/** One part: sealed, opened, destroyed, or gone without anybody saying so. */
export function PartWords({ part, named = true }: { part: PartDto; named?: boolean }) {
  const words = useWords();
  const opened = words?.opened(part) ?? null;
  const name = partName(part.part);
  const size = `${formatCount(part.length)} ${part.length === 1 ? 'byte' : 'bytes'}`;
  if (opened !== null) return <OpenedPart part={opened} name={named ? name : null} />;
  if (part.state === 'shredded') return <Shredded part={part} />;
  if (part.state === 'missing')
    return (
      <p className="text-sm" data-part={part.part} data-state="missing">
        <Status tone="broken">{name}: the sealed words are not where the record says. Verify this conversation.</Status>
      </p>
    );
  const ask = words?.ask ?? null;
  return (
    <div className="my-1" data-part={part.part} data-state="sealed">
      <Bars length={part.length} />
      <p className="flex flex-wrap items-baseline gap-x-3 text-xs text-ink-3">
        <span>
          {named ? `${name}, ` : ''}
          {size}, sealed
        </span>
        {ask !== null && (
          <Button size="small" tone="quiet" onClick={() => ask({ recordId: part.record_id, parts: [part.index], count: 1 })}>
            Reveal
          </Button>
        )}
      </p>
    </div>
  );
}

/** The parts of one record, in their order, and what was found in them; nothing where it has none. */
export function RecordWords({ entry, named }: { entry: EntryDto; named?: boolean }) {
  const parts = useWords()?.dto.parts.filter(({ record_id: id }) => id === entry.id) ?? [];
  const found = foundWords(entry.body?.details);
  if (parts.length === 0) return null;
  return (
    <>
      {parts.map((part) => (
        <PartWords key={part.index} part={part} {...(named === undefined ? {} : { named })} />
      ))}
      {found !== null && (
        <p className="text-xs text-ink-3">
          Personal identifiers were found: <InertText text={found} />
        </p>
      )}
    </>
  );
}
