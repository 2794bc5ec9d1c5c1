'use client';

import { Search } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { useShortcuts } from '@/components/shell/use-shortcuts';
import { Button } from '@/components/ui/button';
import { cx } from '@/components/ui/class-names';
import { FIELD_CLASS } from '@/components/ui/field';

interface Props {
  asked: string;
  pending: boolean;
  onSearch: (text: string | null) => void;
}

/** Free text of what agents told about their work. Nothing is looked up while someone types. */
export function ArchiveTextForm({ asked, pending, onSearch }: Props) {
  const [draft, setDraft] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  useShortcuts({ keys: { '/': () => input.current?.focus() } });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(draft.trim() || null);
  };
  return (
    <search className="flex flex-col gap-1">
      <form onSubmit={submit} className="flex items-center gap-1.5" aria-busy={pending || undefined}>
        <div className="relative min-w-0 flex-1">
          <Search size={14} aria-hidden className="pointer-events-none absolute top-2.25 left-2.5 text-ink-3" />
          <input
            ref={input}
            type="text"
            aria-label="Text in details or purpose of archived records"
            aria-describedby="archive-text-hint"
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            placeholder="Text in details or purpose: a ticket, a version, part of an id"
            maxLength={256}
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            className={cx(FIELD_CLASS, 'pl-8')}
          />
        </div>
        <Button type="submit" tone="primary" disabled={pending}>
          {pending ? 'Searching…' : 'Search'}
        </Button>
      </form>
      <p id="archive-text-hint" className="text-xs text-ink-3">
        Upper and lower case are alike. What was said to and by people is sealed, and is not in the archive’s records: it is not found here.
      </p>
    </search>
  );
}
