'use client';

import Link from 'next/link';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { HoldList } from '@/components/holds/hold-list';
import { PlaceHold } from '@/components/holds/place-hold';
import { useFrame, useLedgerPath, useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { Field, Input } from '@/components/ui/field';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import type { ShreddingDto, ShreddingPreview, WordsScope } from '@/lib/schema/words';
import { Destroyed } from './destroyed';
import { lookAtPerson, mayGo, type PersonStanding, subjectFault } from './person-standing';
import { ShredButton } from './shred-dialog';

const CONVERSATIONS_NAMED = 10;

function Conversations({ counted: { conversations, first_conversations: first } }: { counted: ShreddingPreview }) {
  if (conversations === 0) return 'none';
  const named = first.slice(0, CONVERSATIONS_NAMED);
  return (
    <>
      {formatCount(conversations)}:{' '}
      {named.map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <Link className="link" prefetch={false} href={`/conversations/${encodeURIComponent(id)}`}>
            <InertText text={id} />
          </Link>
        </span>
      ))}
      {conversations > named.length && ` and ${formatCount(conversations - named.length)} more`}
    </>
  );
}

function Kept({ counted }: { counted: ShreddingPreview | null }): ReactNode {
  if (counted === null)
    return (
      <p className="text-ink-2">
        Nothing is kept under that id, nor was there ever. A hold can be placed all the same: it covers what comes.
      </p>
    );
  if (counted.keys === 0)
    return (
      <p className="text-ink-2">
        No words are left: all keys were destroyed. The conversations say when, by whom and under which authority.
      </p>
    );
  return (
    <FactList>
      <Fact name="Words">
        {countOf(counted.parts, 'part', 'parts')}, {formatCount(counted.bytes)} bytes
      </Fact>
      <Fact name="Keys">{formatCount(counted.keys)}</Fact>
      <Fact name="Conversations">
        <Conversations counted={counted} />
      </Fact>
      <Fact name="Backups">
        may hold the keys until <Time at={counted.backups_until} precision="minute" />, were they destroyed now
      </Fact>
    </FactList>
  );
}

interface StandingProps {
  standing: PersonStanding;
  /** What was destroyed here just now. */
  done: ShreddingDto | null;
  onHeld: () => void;
  onDestroyed: (done: ShreddingDto) => void;
}

function Standing({ standing, done, onHeld, onDestroyed }: StandingProps) {
  const shreds = useMay('content.shred');
  const manages = useMay('hold.place');
  const scope: WordsScope = { kind: 'subject', value: standing.subject };
  return (
    <section
      aria-label={`Words about ${standing.subject}`}
      className="flex flex-col gap-3 border-t border-hairline pt-3 text-sm"
      data-person={standing.subject}
    >
      <h3 className="font-serif text-lg">
        About <InertText text={standing.subject} />
      </h3>
      <Kept counted={standing.counted} />
      {done !== null && <Destroyed done={done} />}
      <HoldList
        holds={standing.holds}
        total={standing.counted?.holds_total ?? standing.holds.length}
        on={scope}
        none={
          standing.holdsComplete
            ? 'No hold covers any of it.'
            : 'No hold on it was found; there are more holds than could be looked through.'
        }
        onDone={onHeld}
      />
      {standing.holds.length > 0 && standing.counted !== null && standing.counted.keys > 0 && (
        <p className="text-ink-2">While it is held, nothing of it can be destroyed.</p>
      )}
      <div className="flex flex-wrap gap-2">
        {manages && <PlaceHold scope={scope} onDone={onHeld} />}
        {shreds && mayGo(standing) && <ShredButton scope={scope} onDone={onDestroyed} />}
      </div>
    </section>
  );
}

/** Holds and destruction by person, wherever their words stand. The id goes into no address: it is forgotten with the page. */
export function PersonWords() {
  const api = useApi();
  const at = useLedgerPath();
  const { ledger } = useFrame();
  const shreds = useMay('content.shred');
  const [subject, setSubject] = useState('');
  const [standing, setStanding] = useState<PersonStanding | null>(null);
  const [done, setDone] = useState<ShreddingDto | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const newest = useRef(0);
  const look = async (id: string) => {
    const mine = ++newest.current;
    setBusy(true);
    setError(null);
    try {
      const found = await lookAtPerson(api, at, id);
      if (mine === newest.current) setStanding(found);
    } catch (refusal) {
      if (mine !== newest.current) return;
      // What was seen before may hold no longer.
      setStanding(null);
      setError(refusal instanceof Error ? refusal.message : 'That did not work.');
    } finally {
      if (mine === newest.current) setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = subject.trim();
    const fault = subjectFault(id);
    setError(fault);
    setDone(null);
    setStanding(null);
    if (fault === null) void look(id);
  };
  // The access ledger keeps no words; the counting is of what could be destroyed, and is theirs who may.
  if (!shreds || ledger.kind !== 'agents') return null;
  return (
    <section aria-labelledby="person" className="mt-8 grid max-w-[1040px] gap-x-12 gap-y-3 border-t border-rule pt-2 lg:grid-cols-2">
      <div>
        <h2 id="person" className="section-title mb-1">
          A person’s words
        </h2>
        <div className="flex max-w-[52ch] flex-col gap-2 text-sm text-ink-2">
          <p>
            What is recorded as about one person, wherever it stands: hold it, or destroy it for good. Of a single conversation both are
            done on its page.
          </p>
          <p>
            It finds what names the person as its subject. Words about them in a record that does not are found by conversation alone. That
            you looked stands in the access log.
          </p>
        </div>
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <form onSubmit={submit} className="flex flex-col items-start gap-3" aria-label="A person’s words" noValidate>
          <Field
            label="Id of the person"
            hint="Exactly as records name it (subject_id); never a name or an address."
            error={error}
            className="w-full max-w-[420px]"
          >
            <Input
              value={subject}
              onValueChange={setSubject}
              maxLength={128}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              className="mono"
            />
          </Field>
          <Button type="submit" busy={busy}>
            Show what is kept
          </Button>
        </form>
        <div aria-live="polite">
          {standing !== null && (
            <Standing
              standing={standing}
              done={done}
              onHeld={() => void look(standing.subject)}
              onDestroyed={(shredding) => {
                setDone(shredding);
                void look(standing.subject);
              }}
            />
          )}
        </div>
      </div>
    </section>
  );
}
