'use client';

import { type FormEvent, useRef, useState } from 'react';
import { SearchInput } from '@/components/data-table/search-input';
import { Button } from '@/components/ui/button';

interface Props {
  asked: string;
  pending: boolean;
  onSearch: (text: string | null) => void;
}

/** Free text of what agents told about their work. Nothing is looked up while someone types. */
export function ArchiveTextForm({ asked, pending, onSearch }: Props) {
  const [draft, setDraft] = useState(asked);
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSearch(draft.trim() || null);
  };
  return (
    <search className="flex flex-col gap-1">
      <form onSubmit={submit} className="flex items-center gap-1.5" aria-busy={pending || undefined}>
        <SearchInput
          ref={input}
          aria-label="Text in details or purpose of archived records"
          aria-describedby="archive-text-hint"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          placeholder="Text in details or purpose: a ticket, a version, part of an id"
          maxLength={256}
        />
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
