'use client';

import Link from 'next/link';
import { useEffect, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { InertText } from '@/components/ui/inert-text';
import type { Held, HoldScope } from '@/lib/schema/holds';
import { fewOf } from './hold-words';

/** Every look is an entry of the access ledger: it is made when somebody has stopped typing. */
const PAUSE_MS = 700;
const NAMED = 4;

type Seen = { key: string; held: Held } | { key: string; error: string };

/** What a hold would reach if it were placed now. */
export function HeldPreview({ scope }: { scope: HoldScope | null }) {
  const api = useApi();
  const at = useLedgerPath();
  const [seen, setSeen] = useState<Seen | null>(null);
  const key = scope === null ? null : JSON.stringify(scope);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when the scope says something else
  useEffect(() => {
    if (key === null) return;
    let gone = false;
    const timer = setTimeout(async () => {
      try {
        const held = await api<Held>(at('/api/v1/holds/preview'), { method: 'POST', body: { scope } });
        if (!gone) setSeen({ key, held });
      } catch (refusal) {
        if (!gone) setSeen({ key, error: refusal instanceof Error ? refusal.message : 'It could not be counted.' });
      }
    }, PAUSE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [key]);
  const fresh = seen !== null && seen.key === key ? seen : null;
  return (
    <section aria-label="What it would hold" aria-live="polite" className="min-h-16 border-y border-hairline py-2 text-sm" data-preview>
      {key === null ? (
        <p className="text-ink-3">What it would hold is counted as soon as it is said on what.</p>
      ) : fresh === null ? (
        <p className="text-ink-3">Counting …</p>
      ) : 'error' in fresh ? (
        <p className="text-broken">{fresh.error}</p>
      ) : (
        <Reached held={fresh.held} subject={scope?.kind === 'subject'} />
      )}
    </section>
  );
}

function Reached({
  held: { records, archived, conversations, segments, first_conversations: first },
  subject,
}: {
  held: Held;
  subject: boolean;
}) {
  if (records.count === 0 && archived.count === 0 && conversations.count === 0 && segments.count === 0)
    return <p className="text-ink-2">Nothing that is recorded so far. The hold would cover what comes.</p>;
  const named = first.slice(0, NAMED);
  return (
    <>
      <p>
        Would hold {fewOf(records, 'record', 'records')}
        {conversations.count > 0 && <> in {fewOf(conversations, 'conversation', 'conversations')}</>}
        {subject && conversations.count > 0 && ', with everything in those that name the person'}, and what comes.
      </p>
      {segments.count > 0 && (
        <p className="text-ink-2">
          Of what has left the database, {fewOf(archived, 'record', 'records')} in {fewOf(segments, 'archive segment', 'archive segments')}:
          a legal hold is put on the objects.
        </p>
      )}
      {named.length > 0 && (
        <ul className="mt-1 grid gap-x-6 text-xs sm:grid-cols-2">
          {named.map((id) => (
            <li key={id} className="min-w-0 truncate">
              <Link className="link" prefetch={false} target="_blank" href={`/conversations/${encodeURIComponent(id)}`}>
                <InertText text={id} />
              </Link>
            </li>
          ))}
          {conversations.count > named.length && <li className="text-ink-3">and others</li>}
        </ul>
      )}
    </>
  );
}
