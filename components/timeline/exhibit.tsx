'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { countOf, formatCount } from '@/components/ui/format-count';
import { formatDuration } from '@/components/ui/format-time';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { RecordWords } from '@/components/words/part-words';
import type { EntryDto } from '@/lib/schema/screens';
import { detail } from './build-transcript';
import { Leaf, Margin } from './margin';

interface Props {
  letter: string;
  continued: boolean;
  entries: EntryDto[];
}

const VERBS: Record<string, string> = { tool_invoked: 'Called', data_accessed: 'Read', data_modified: 'Changed' };

function fieldsOf(entry: EntryDto): string[] {
  const fields = entry.body?.details?.fields;
  return Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [];
}

function Resource({ entry }: { entry: EntryDto }) {
  const { resource_type: type, resource_id: id } = entry.body ?? {};
  if (type === undefined && id === undefined) return <span className="text-ink-3">no resource named</span>;
  return (
    <span>
      {type !== undefined && <InertText text={type} />}{' '}
      {id !== undefined && (
        <Link href={`/records?resource_id=${encodeURIComponent(id)}`} prefetch={false} className="link mono">
          <InertText text={id} />
        </Link>
      )}
    </span>
  );
}

function Line({ entry }: { entry: EntryDto }) {
  const action = entry.body?.action ?? '';
  const facts: ReactNode[] = [];
  const change = detail(entry, 'change');
  const rows = detail(entry, 'rows');
  const fields = fieldsOf(entry);
  if (action === 'tool_invoked') {
    const given = detail(entry, 'arguments_length');
    const got = detail(entry, 'result_length');
    const took = Number(detail(entry, 'duration_ms'));
    if (given !== null) facts.push(`arguments ${formatCount(given)} characters`);
    if (got !== null) facts.push(`result ${formatCount(got)} characters`);
    if (took > 0) facts.push(formatDuration(took));
  } else {
    facts.push(<Resource key="resource" entry={entry} />);
    if (change !== null) facts.push(<InertText key="change" text={change} />);
    if (rows !== null) facts.push(countOf(rows, 'row', 'rows'));
    if (detail(entry, 'derived_from') !== null) facts.push('derived by the registry; the sender sent no record of it');
    if (fields.length > 0) facts.push(<InertText key="fields" text={fields.join(', ')} />);
  }
  const outcome = entry.body?.outcome;
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 text-sm">
      <span className={action === 'data_modified' ? 'w-16 font-semibold' : 'w-16 font-medium text-ink-2'}>{VERBS[action] ?? action}</span>
      <span className="min-w-0 flex-1 basis-52 text-ink-2">
        {facts.map((fact, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: facts of one immutable entry
          <span key={index}>
            {index > 0 && <span className="text-ink-3"> · </span>}
            {fact}
          </span>
        ))}
      </span>
      {outcome !== undefined && outcome !== 'success' && (
        <Status tone={outcome === 'denied' ? 'denied' : 'attention'} className="text-xs">
          {outcome === 'denied' ? 'denied' : 'failed'}
        </Status>
      )}
    </div>
  );
}

/** A tool call as an exhibit: lettered, indented, with each thing that it read or changed under its own number. */
export function Exhibit({ letter, continued, entries }: Props) {
  const first = entries[0];
  const tool = first === undefined ? null : detail(first, 'tool');
  return (
    <div className="keep-together">
      <Leaf className="max-sm:pt-2 sm:*:pt-2">
        <p className="ml-4 border-l-2 border-rule pl-4 text-sm sm:ml-8">
          <span className="font-serif font-semibold">
            Exhibit {letter}
            {continued && ', continued'}
          </span>
          {tool !== null && (
            <span className="mono ml-2 text-ink-2">
              <InertText text={tool} />
            </span>
          )}
        </p>
      </Leaf>
      {entries.map((entry, index) => (
        <Leaf key={entry.id} margin={<Margin entry={entry} />} className={index === entries.length - 1 ? 'max-sm:pb-2 sm:*:pb-2' : ''}>
          <div className="ml-4 border-l-2 border-rule py-1 pl-4 sm:ml-8 sm:h-full sm:min-h-9">
            <Line entry={entry} />
            <RecordWords entry={entry} />
          </div>
        </Leaf>
      ))}
    </div>
  );
}
