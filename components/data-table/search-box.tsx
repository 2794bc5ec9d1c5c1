'use client';

import { Popover } from '@base-ui/react/popover';
import { CircleHelp, X } from 'lucide-react';
import { parseAsString, useQueryStates } from 'nuqs';
import { type FormEvent, useId, useRef, useState, useTransition } from 'react';
import { buttonClass } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { InertText } from '@/components/ui/inert-text';
import { parseQuery, QUERY_LIMITS, type QueryFault, type SearchPlace } from '@/lib/schema/search-query';
import { SearchHelp } from './search-help';
import { SearchInput } from './search-input';

const STATE = { q: parseAsString, older: parseAsString, newer: parseAsString, peek: parseAsString };

interface Props {
  place: SearchPlace;
  /** Plural of what is searched: "records". */
  noun: string;
}

/** The search of a list, as it stands in the URL. What is wrong with it is said before anything is asked; nothing is looked up while someone types. */
const EXAMPLE: Record<SearchPlace, string> = {
  records: 'Search: tool:ehr.read has:phi -class:public, or an id',
  conversations: 'Search: agent:triage -has:gap, or an id',
  accesses: 'Search: actor:ann@example.org resource:conversation/c-1017, or an id',
};

export function SearchBox({ place, noun }: Props) {
  const [pending, start] = useTransition();
  const [{ q }, setState] = useQueryStates(STATE, { shallow: false, history: 'push', startTransition: start, clearOnDefault: true });
  const change = (next: string | null) => void setState({ q: next, older: null, newer: null, peek: null });
  return <SearchForm key={q ?? ''} place={place} noun={noun} asked={q ?? ''} pending={pending} onSearch={change} />;
}

interface FormProps extends Props {
  asked: string;
  pending: boolean;
  onSearch: (q: string | null) => void;
}

function SearchForm({ place, noun, asked, pending, onSearch }: FormProps) {
  const [draft, setDraft] = useState(asked);
  const [faults, setFaults] = useState<QueryFault[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const said = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = parseQuery(draft, place).faults;
    setFaults(found);
    if (found.length === 0) onSearch(draft.trim() || null);
    else input.current?.focus();
  };
  return (
    <div className="min-w-0">
      <search>
        <form onSubmit={submit} className="flex items-center gap-1.5" aria-busy={pending || undefined}>
          <SearchInput
            ref={input}
            aria-label={`Search ${noun}`}
            aria-invalid={faults.length > 0 || undefined}
            aria-describedby={faults.length > 0 ? said : undefined}
            value={draft}
            onChange={(event) => {
              setDraft(event.target.value);
              setFaults([]);
            }}
            placeholder={EXAMPLE[place]}
            maxLength={QUERY_LIMITS.chars}
            className={cx('pr-8', faults.length > 0 && 'border-broken')}
          >
            {draft !== '' && (
              <button
                type="button"
                aria-label="Clear the search"
                onClick={() => {
                  setDraft('');
                  setFaults([]);
                  if (asked !== '') onSearch(null);
                }}
                className="no-print absolute top-1 right-1 grid size-6 place-items-center rounded text-ink-3 hover:text-ink"
              >
                <X size={13} aria-hidden />
              </button>
            )}
          </SearchInput>
          <button type="submit" className={buttonClass('plain', 'small', 'no-print')}>
            Search
          </button>
          <Popover.Root>
            <Popover.Trigger aria-label="How to search" className={buttonClass('quiet', 'small', 'no-print')}>
              <CircleHelp size={14} aria-hidden />
            </Popover.Trigger>
            <Popover.Portal>
              <Popover.Positioner sideOffset={6} align="end" className="z-50">
                <Popover.Popup className="popup max-h-(--available-height) w-[min(520px,calc(100vw-24px))] overflow-y-auto p-4">
                  <Popover.Title className="section-title mb-2">How to search</Popover.Title>
                  <SearchHelp place={place} />
                </Popover.Popup>
              </Popover.Positioner>
            </Popover.Portal>
          </Popover.Root>
        </form>
      </search>
      {faults.length > 0 && (
        <ul id={said} role="alert" className="mt-1 flex flex-col gap-0.5 text-xs text-broken">
          {faults.map((fault) => (
            <li key={fault.start}>
              <span className="mono">
                <InertText text={draft.slice(fault.start, fault.end)} />
              </span>
              {' – '}
              {fault.say}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
