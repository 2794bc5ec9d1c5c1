'use client';

import { useState } from 'react';
import { HoldList, ReleasedHolds } from '@/components/holds/hold-list';
import { PlaceHold } from '@/components/holds/place-hold';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { WordsDto, WordsScope } from '@/lib/schema/words';
import { Destroyed } from './destroyed';
import type { ListedReveal } from './reveal-entries';
import { ShredButton } from './shred-dialog';
import { useWords } from './words-context';

const REVEALS_FIRST = 5;

/** Who was shown the words, and what for: as much a part of a conversation as what was said in it. */
export function Reveals({ words }: { words: WordsDto }) {
  const [all, setAll] = useState(false);
  const reveals: readonly ListedReveal[] = useWords()?.reveals ?? words.reveals;
  const purpose = (code: string | null) => words.purposes.find((one) => one.code === code)?.say ?? code ?? 'no purpose recorded';
  if (reveals.length === 0) return <p className="text-sm text-ink-3">Nobody has been shown the words.</p>;
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {(all ? reveals : reveals.slice(0, REVEALS_FIRST)).map((one) => (
        <li key={one.seq}>
          <p className="flex flex-wrap justify-between gap-x-3">
            <InertText text={one.by} />
            <Time at={one.at} precision="minute" className="text-ink-3" />
          </p>
          <p className="text-xs text-ink-3">
            {one.parts === null ? 'Cut off before the end,' : countOf(one.parts, 'part', 'parts')} for{' '}
            <InertText text={purpose(one.purpose)} />
            {one.note !== null && (
              <>
                : <InertText text={one.note} />
              </>
            )}
          </p>
          {one.export !== null && <p className="text-xs text-ink-3">taken along in an export</p>}
          {one.break_glass !== null && (
            <Status tone="attention" className="text-xs">
              by break-glass
            </Status>
          )}
        </li>
      ))}
      {!all && reveals.length > REVEALS_FIRST && (
        <li className="no-print">
          <Button size="small" onClick={() => setAll(true)}>
            Show all {reveals.length}
          </Button>
        </li>
      )}
      {(all || reveals.length <= REVEALS_FIRST) && !words.reveals_complete && (
        <li className="text-xs text-ink-3">There may be older ones: see the access log.</li>
      )}
    </ul>
  );
}

/** What is held, what was destroyed, and what a compliance officer can do about either. */
export function Keeping({ words, conversationId }: { words: WordsDto; conversationId: string }) {
  const shreds = useMay('content.shred');
  const holds = useMay('hold.place');
  const { ledger } = useFrame();
  const scope: WordsScope = { kind: 'conversation', value: conversationId };
  const sealed = words.parts.some(({ state }) => state === 'sealed');
  return (
    <div className="flex flex-col gap-2 text-sm">
      <HoldList holds={words.holds} total={words.holds_total} on={scope} none="No hold is on it." />
      <ReleasedHolds holds={words.released_holds} />
      {words.shreddings.map((one) => (
        <Destroyed key={one.id} done={one} />
      ))}
      {(holds || shreds) && ledger.kind === 'agents' && (
        <div className="flex flex-wrap gap-2">
          {holds && <PlaceHold scope={scope} />}
          {shreds && sealed && words.holds.length === 0 && <ShredButton scope={scope} />}
        </div>
      )}
    </div>
  );
}
