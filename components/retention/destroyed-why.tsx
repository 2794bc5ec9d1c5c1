import Link from 'next/link';
import { InertText } from '@/components/ui/inert-text';
import type { DestroyedDto } from '@/lib/schema/destruction';
import type { EntryDto } from '@/lib/schema/screens';

/** What is known of a record, or of a conversation, that was destroyed whole or in part. */
export interface DestroyedOf {
  /** The destructions that took some or all of it, as far as it is on this page. */
  by: readonly DestroyedDto[];
  /** Nothing of it is left to be decided about. */
  all: boolean;
  /** More of it lies on other pages. */
  paged: boolean;
}

/** The destructions that took some of these records, each once, by their numbers. */
export function destroyedBy(entries: readonly Pick<EntryDto, 'destroyed'>[]): DestroyedDto[] {
  const found = new Map(entries.flatMap(({ destroyed }) => (destroyed === undefined ? [] : [[destroyed.id, destroyed] as const])));
  return [...found.values()].sort((a, b) => a.number - b.number);
}

/** "on 2026-11-21 by destruction #3, and on 2026-12-01 by destruction #4", each a way to its certificate. */
export function Destructions({ by }: { by: readonly DestroyedDto[] }) {
  return by.map(({ id, number, on }, place) => (
    <span key={id}>
      {place > 0 && ', and '}
      {on === null ? '' : `on ${on} `}by{' '}
      <Link className="link" prefetch={false} href={`/retention/destruction/${id}`}>
        destruction #{number}
      </Link>
    </span>
  ));
}

/** In place of a decision: no policy decides about what was destroyed; when that was and by which destruction, whose page has the certificate. */
export function DestroyedWhy({ destroyed: { by, paged } }: { destroyed: DestroyedOf }) {
  const [only] = by;
  return (
    <div className="flex flex-col gap-2 text-sm" data-destroyed-why>
      <p className="font-serif text-base text-balance">
        {paged ? 'What is on this page was destroyed' : 'Destroyed'} <Destructions by={by} />
      </p>
      {by.length === 1 && only !== undefined && (
        <p className="text-ink-2">
          <InertText text={only.say} />
        </p>
      )}
      <p className="text-xs text-ink-3">
        No policy decides about it any more. Who asked for it, who approved it and under which authority stands there, with the certificate.
      </p>
    </div>
  );
}
