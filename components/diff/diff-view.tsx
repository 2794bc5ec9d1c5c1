'use client';

import { useMemo, useState } from 'react';
import { Button } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { InertText } from '@/components/ui/inert-text';
import { ScrollRegion } from '@/components/ui/scroll-region';
import { type DiffRow, foldSame, sideBySide } from './side-by-side';

interface Props {
  before: string;
  after: string;
  beforeTitle: string;
  afterTitle: string;
}

const WORDS = { changed: 'changed', removed: 'removed', added: 'added' } as const;

function Side({ side, kind, tone }: { side: DiffRow['left']; kind: DiffRow['kind']; tone: 'before' | 'after' }) {
  if (side === null) return <td colSpan={2} className="bg-sunk max-md:hidden" />;
  // Narrow, one stands under the other; what is the same stands once.
  const twice = kind === 'same' && tone === 'after' && 'max-md:hidden';
  const wash = kind === 'same' ? '' : tone === 'before' ? 'bg-amber-wash' : 'bg-seal-wash';
  return (
    <>
      <td
        className={cx(
          'w-8 border-l border-hairline pr-2 pl-1 text-right align-top text-xs leading-[22px] text-ink-3 tnum select-none',
          twice,
        )}
      >
        {kind !== 'same' && (
          <span aria-hidden className="mr-1 md:hidden">
            {tone === 'before' ? '−' : '+'}
          </span>
        )}
        {side.number}
      </td>
      <td className={cx('px-2 align-top md:w-1/2 font-serif whitespace-pre-wrap wrap-anywhere', wash, twice)}>
        {kind !== 'same' && <span className="sr-only">{WORDS[kind]}: </span>}
        {side.pieces.map((piece, i) => {
          const text = <InertText text={piece.text} />;
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one line, which never move
          if (kind !== 'changed' || !piece.changed) return <span key={i}>{text}</span>;
          const Mark = tone === 'before' ? 'del' : 'ins';
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <Mark key={i} className={cx('font-semibold', tone === 'before' ? 'line-through decoration-1' : 'underline underline-offset-2')}>
              {text}
            </Mark>
          );
        })}
      </td>
    </>
  );
}

function Row({ row }: { row: DiffRow }) {
  return (
    <tr className="max-md:grid max-md:grid-cols-[2.5rem_minmax(0,1fr)]">
      <Side side={row.left} kind={row.kind} tone="before" />
      <Side side={row.right} kind={row.kind} tone="after" />
    </tr>
  );
}

/** Two texts side by side. What changed is told by marks as well as by ground, so that it reads in grey and in print. */
export function DiffView({ before, after, beforeTitle, afterTitle }: Props) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => sideBySide(before, after), [before, after]);
  if (rows === null)
    return (
      <p className="text-sm text-ink-2">
        Together they are longer than a page can compare (400,000 characters). Read them one after the other.
      </p>
    );
  if (rows.every(({ kind }) => kind === 'same')) return <p className="text-sm text-ink-2">Word for word the same.</p>;
  const shown = all ? rows : foldSame(rows);
  return (
    <div className="flex flex-col gap-2">
      <ScrollRegion label="Comparison">
        <table className="w-full table-fixed border-collapse text-base max-md:block max-md:[&>tbody]:block max-md:[&>thead]:block">
          <caption className="sr-only">
            {beforeTitle} and {afterTitle}, side by side
          </caption>
          <colgroup>
            <col className="w-10" />
            <col />
            <col className="w-10" />
            <col />
          </colgroup>
          <thead>
            <tr className="border-y border-rule text-left text-xs text-ink-2 max-md:flex max-md:flex-wrap max-md:gap-x-6">
              <th scope="col" colSpan={2} className="h-7 pl-1 font-medium max-md:leading-7">
                <span aria-hidden className="mr-1.5 inline-block size-2 rounded-[2px] border border-rule bg-amber-wash md:hidden" />
                {beforeTitle}
              </th>
              <th scope="col" colSpan={2} className="h-7 pl-1 font-medium max-md:leading-7">
                <span aria-hidden className="mr-1.5 inline-block size-2 rounded-[2px] border border-rule bg-seal-wash md:hidden" />
                {afterTitle}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) =>
              'hidden' in one ? (
                <tr key={`same ${one.hidden[0]!.left!.number}`} className="border-y border-hairline max-md:block">
                  <td colSpan={4} className="py-1 max-md:block text-center text-xs text-ink-3">
                    {one.hidden.length === 1 ? '1 line is the same' : `${one.hidden.length} lines are the same`}
                  </td>
                </tr>
              ) : (
                <Row key={`${one.left?.number ?? '-'} ${one.right?.number ?? '-'}`} row={one} />
              ),
            )}
          </tbody>
        </table>
      </ScrollRegion>
      {rows.length > shown.length || all ? (
        <p>
          <Button size="small" tone="quiet" onClick={() => setAll(!all)}>
            {all ? 'Only what changed' : 'Show every line'}
          </Button>
        </p>
      ) : null}
    </div>
  );
}
