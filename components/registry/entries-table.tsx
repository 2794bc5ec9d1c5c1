'use client';

import { useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { buttonClass } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu';
import { plainWords } from '@/components/ui/vocabulary-words';
import { indexRegistry } from '@/lib/policy/registry-match';
import { entryKey, entryLabel, type RegistryEntry, type ToolUse } from '@/lib/schema/registry';
import { ACCESS_WORDS } from './registry-words';

interface Props {
  entries: readonly RegistryEntry[];
  tools: readonly ToolUse[];
  mayManage: boolean;
  onChange: (entry: RegistryEntry) => void;
  onRemove: (entry: RegistryEntry) => void;
}

function Pointers({ entry }: { entry: RegistryEntry }) {
  const { resource_pointer: resource, subject_pointer: subject } = entry;
  if (resource === undefined && subject === undefined) return <span className="text-ink-3">–</span>;
  return (
    <span className="text-xs">
      {resource !== undefined && (
        <span className="block">
          id <code className="mono wrap-anywhere">{resource === '' ? '(the whole)' : resource}</code>
        </span>
      )}
      {subject !== undefined && (
        <span className="block">
          person <code className="mono wrap-anywhere">{subject === '' ? '(the whole)' : subject}</code>
        </span>
      )}
    </span>
  );
}

/** What is on the registry, and a place to try which entry decides for a name. */
export function EntriesTable({ entries, tools, mayManage, onChange, onRemove }: Props) {
  const [tried, setTried] = useState('');
  const calls = new Map<string, number>();
  for (const each of tools) if (each.entry !== null) calls.set(each.entry, (calls.get(each.entry) ?? 0) + each.count);
  const index = indexRegistry({ version: 0, entries });
  const decides = tried === '' ? null : { tool: index.find('tool', tried), source: index.find('data_source', tried) };
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-2">
        <Field label="Try a name" className="w-72">
          <Input
            value={tried}
            onValueChange={(value: string) => setTried(value)}
            spellCheck={false}
            autoCapitalize="none"
            placeholder="chart.read"
          />
        </Field>
        {decides !== null && (
          <p role="status" className="pb-1.5 text-sm">
            {decides.tool === null && decides.source === null
              ? 'No entry: as a tool it would be kept as restricted.'
              : [decides.tool, decides.source].map(
                  (entry) =>
                    entry !== null && (
                      <span key={entryKey(entry)} className="mr-4">
                        {plainWords(entry.kind)}: <InertText text={entryLabel(entry)} className="font-medium" /> decides,{' '}
                        {entry.classification}
                      </span>
                    ),
                )}
          </p>
        )}
      </div>
      <SettingsTable
        caption="Entries of the registry"
        head={['Name or pattern', 'Kind', 'Does', 'Classification', 'Domains', 'In the arguments', 'Calls', ...(mayManage ? [''] : [])]}
        hideBelow={[null, 'lg', null, null, 'md', 'lg', 'lg', null]}
        rows={entries.map((entry) => ({
          id: entryKey(entry),
          cells: [
            <InertText key="name" text={entryLabel(entry)} className="mono text-xs font-medium" />,
            entry.kind === 'tool'
              ? entry.pattern === undefined
                ? 'Tool'
                : 'Tools'
              : entry.pattern === undefined
                ? 'Data source'
                : 'Data sources',
            entry.kind === 'data_source' ? (
              <span key="does" className="text-ink-3">
                is data
              </span>
            ) : (
              <span key="does">
                {ACCESS_WORDS[entry.access]} {entry.access !== 'none' && <InertText text={entry.resource_type ?? ''} />}
              </span>
            ),
            plainWords(entry.classification),
            <span key="domains">{entry.domains.length === 0 ? 'none' : entry.domains.join(', ')}</span>,
            <Pointers key="pointers" entry={entry} />,
            <span key="calls" className="tnum">
              {entry.kind === 'data_source' ? '' : formatCount(calls.get(entryLabel(entry)) ?? 0)}
            </span>,
            ...(mayManage
              ? [
                  <Menu
                    key="menu"
                    align="end"
                    trigger={
                      <button type="button" className={buttonClass('quiet', 'small')} aria-label={`Change ${entryLabel(entry)}`}>
                        Change
                      </button>
                    }
                  >
                    <MenuItem onSelect={() => onChange(entry)}>Change…</MenuItem>
                    <MenuSeparator />
                    <MenuItem onSelect={() => onRemove(entry)}>Remove…</MenuItem>
                  </Menu>,
                ]
              : []),
          ],
        }))}
      />
      <p className="text-xs text-ink-3">
        {countOf(entries.length, 'entry', 'entries')}. Calls are those counted so far, by the entry that decides now.
      </p>
    </div>
  );
}
