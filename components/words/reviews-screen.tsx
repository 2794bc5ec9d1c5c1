'use client';

import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useSending } from '@/components/api/use-sending';
import { useFrame, useLedgerPath } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { countOf } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { BreakGlassDto } from '@/lib/schema/words';
import { ReviewOutcome } from './review-outcome';
import { REASONS } from './words-words';

function ReviewDialog({ one, onClose }: { one: BreakGlassDto; onClose: () => void }) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const [note, setNote] = useState('');
  const { busy, error, attempt } = useSending();
  const send = async (outcome: 'justified' | 'not_justified') => {
    await attempt(async () => {
      await api(at(`/api/v1/break-glass/${one.id}/review`), { method: 'POST', body: { outcome, note: note.trim() } });
      onClose();
      router.refresh();
    });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send('justified');
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Review this emergency"
      description={
        <>
          <InertText text={one.opened_by} /> opened <InertText text={one.conversation_id} />: {REASONS[one.reason].toLowerCase()}. “
          <InertText text={one.note} />”
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="What you found" error={error}>
          <Input required value={note} onValueChange={setNote} maxLength={1_000} />
        </Field>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button tone="danger" busy={busy} disabled={note.trim().length < 3} onClick={() => send('not_justified')}>
            Not justified
          </Button>
          <Button type="submit" tone="primary" busy={busy}>
            Justified
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Row({ one, named }: { one: BreakGlassDto; named: boolean }) {
  const [open, setOpen] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (named) row.current?.scrollIntoView({ block: 'center' });
  }, [named]);
  const { person } = useFrame();
  return (
    <li
      ref={row}
      aria-current={named || undefined}
      className={cx(
        'grid gap-x-6 gap-y-1 border-t border-hairline py-3 text-sm md:grid-cols-[170px_minmax(0,1fr)_210px]',
        named && 'bg-sunk shadow-[inset_2px_0_0_var(--rule)] max-md:px-3 md:-mx-3 md:px-3',
      )}
      data-break-glass={one.id}
    >
      <p className="text-ink-2">
        <Time at={one.opened_at} precision="minute" />
        <span className="block text-xs text-ink-3">
          until <Time at={one.expires_at} precision="minute" />
        </span>
      </p>
      <div className="min-w-0">
        <p className="font-serif text-lg">
          <InertText text={one.opened_by} />, {REASONS[one.reason].toLowerCase()}
        </p>
        <p className="text-ink-2">
          <InertText text={one.note} />
        </p>
        <p className="mt-1 text-xs text-ink-3">
          <Link className="link" prefetch={false} href={`/conversations/${encodeURIComponent(one.conversation_id)}`}>
            <InertText text={one.conversation_id} />
          </Link>{' '}
          · {one.reveals === 0 ? 'nothing was opened under it' : `opened ${countOf(one.reveals, 'time', 'times')}`}
          {one.last_revealed_at !== null && (
            <>
              , last <Time at={one.last_revealed_at} precision="minute" />
            </>
          )}
        </p>
      </div>
      <div>
        {one.reviewed_at === null ? (
          <>
            <Status tone="attention">waits for a review</Status>
            <div className="mt-1">
              {one.opened_by === person.email ? (
                <span className="text-xs text-ink-3">Somebody else reviews what you opened.</span>
              ) : (
                <Button size="small" onClick={() => setOpen(true)}>
                  Review
                </Button>
              )}
            </div>
          </>
        ) : (
          <>
            <ReviewOutcome one={one} at={one.reviewed_at} />
            {one.review_note !== null && (
              <p className="text-xs text-ink-2">
                <InertText text={one.review_note} />
              </p>
            )}
          </>
        )}
      </div>
      {open && <ReviewDialog one={one} onClose={() => setOpen(false)} />}
    </li>
  );
}

/** Each emergency in which somebody opened words that their role does not open: what nobody has reviewed first. */
export function ReviewsScreen({ rows, unreviewed }: { rows: BreakGlassDto[]; unreviewed: number }) {
  const { ledger } = useFrame();
  const item = useSearchParams().get('item');
  if (rows.length === 0)
    return (
      <Absence kind="nothing_recorded" title="No emergency so far">
        Nobody has broken the glass on {ledger.name}. When somebody does, an alarm is raised, and it waits here for a review by somebody
        else.
      </Absence>
    );
  return (
    <div className="max-w-[1040px]">
      <p className="mb-3 font-serif text-xl">
        <Status tone={unreviewed > 0 ? 'attention' : 'verified'}>
          {unreviewed > 0
            ? `${countOf(unreviewed, 'emergency waits', 'emergencies wait')} for a review`
            : 'Every emergency has been reviewed'}
        </Status>
      </p>
      <ol className="list-none">
        {rows.map((one) => (
          <Row key={one.id} one={one} named={one.id === item} />
        ))}
      </ol>
    </div>
  );
}
