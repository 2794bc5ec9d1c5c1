'use client';

import Link from 'next/link';
import { type ChangeEvent, useRef, useState } from 'react';
import { SettingsTable } from '@/components/settings/settings-table';
import { useLedgerPath } from '@/components/shell/frame-context';
import { Absence } from '@/components/ui/absence';
import { Button, buttonClass } from '@/components/ui/button';
import { countOf, formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import { entryLabel, type RegistryDto, type RegistryEntry } from '@/lib/schema/registry';
import { ChangeDialog } from './change-dialog';
import { EntriesTable } from './entries-table';
import { EntryDialog } from './entry-dialog';
import { readRegistryFile } from './read-registry-file';
import { withEntry } from './registry-words';
import { UnmappedTools } from './unmapped-tools';
import { useRegistry } from './use-registry';

type Doing =
  | { kind: 'entry'; old: RegistryEntry | null; begin: RegistryEntry | null }
  | { kind: 'remove'; entry: RegistryEntry }
  | { kind: 'import'; entries: RegistryEntry[]; from: string }
  | { kind: 'again' };

/** Which tools and data sources agents use, what each means for a record, and how that changed. */
export function RegistryScreen({ registry, newest, versions, unmapped, tools, nameless, may_manage: mayManage }: RegistryDto) {
  const at = useLedgerPath();
  const [doing, setDoing] = useState<Doing | null>(null);
  const [fileFault, setFileFault] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const close = () => setDoing(null);
  const { save } = useRegistry(newest);
  const isNewest = registry.version === newest;
  const manages = mayManage && isNewest;
  const { entries } = registry;
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    const text = await chosen?.text();
    event.target.value = '';
    if (text === undefined) return;
    const read = readRegistryFile(text);
    setFileFault('fault' in read ? read.fault : null);
    if (!('fault' in read)) setDoing({ kind: 'import', ...read });
  };
  return (
    <div className="flex max-w-[1240px] flex-col gap-7">
      <p className="max-w-[76ch] text-sm text-ink-2">
        What each tool and data source means for a record: its classification, the domains whose rules apply, and what a call reads or
        changes. Every record that comes in is held to the version in force, and names it. What is kept already is not rewritten.
      </p>
      {!isNewest && (
        <p className="flex flex-wrap items-center gap-x-4 gap-y-2 border-y border-rule py-2 text-sm">
          <span>
            Version {registry.version}, which is no longer in force: the newest is {newest}.
          </span>
          <Link className="link" href="/registry" prefetch={false}>
            Show the newest
          </Link>
          {mayManage && (
            <Button size="small" onClick={() => setDoing({ kind: 'again' })}>
              Use these entries again…
            </Button>
          )}
        </p>
      )}
      {isNewest && (
        <>
          <UnmappedTools
            called={tools.some(({ tool }) => tool !== null)}
            unmapped={unmapped}
            nameless={nameless}
            mayManage={manages}
            busy={save.isPending ? entryLabel(save.variables.entries[save.variables.entries.length - 1] ?? {}) : null}
            onMap={(entry) => save.mutate({ entries: [...entries, entry], say: `“${entryLabel(entry)}” is mapped` })}
            onOther={(entry) => setDoing({ kind: 'entry', old: null, begin: entry })}
          />
          {save.error !== null && (
            <p role="alert" className="text-sm text-broken">
              {save.error.message}
            </p>
          )}
        </>
      )}
      <section className="border-t border-rule pt-2">
        <div className="mb-2 flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
          <h2 className="section-title">Entries</h2>
          <div className="flex flex-wrap gap-2 print:hidden">
            <a
              className={buttonClass('plain')}
              href={at(`/api/v1/registry/file${isNewest ? '' : `?version=${registry.version}`}`)}
              download={`registry-v${registry.version}.json`}
            >
              Export
            </a>
            {manages && (
              <>
                <input ref={file} type="file" accept="application/json,.json" hidden aria-label="File of a registry" onChange={choose} />
                <Button onClick={() => file.current?.click()}>Import…</Button>
                <Button tone="primary" onClick={() => setDoing({ kind: 'entry', old: null, begin: null })}>
                  Add an entry
                </Button>
              </>
            )}
          </div>
        </div>
        {fileFault !== null && (
          <p role="alert" className="mb-2 text-sm text-broken">
            <InertText text={fileFault} />
          </p>
        )}
        {entries.length === 0 ? (
          <Absence kind="nothing_recorded" title="No entry yet">
            {newest === 0
              ? 'Nobody has mapped a tool on this ledger. Until then every call of a named tool is kept as restricted.'
              : 'This version has none: every call of a named tool is kept as restricted.'}
          </Absence>
        ) : (
          <EntriesTable
            entries={entries}
            tools={tools}
            mayManage={manages}
            onChange={(entry) => setDoing({ kind: 'entry', old: entry, begin: null })}
            onRemove={(entry) => setDoing({ kind: 'remove', entry })}
          />
        )}
      </section>
      {versions.length > 0 && (
        <section className="border-t border-rule pt-2">
          <h2 className="section-title mb-2">Versions</h2>
          <SettingsTable
            caption="Versions of the registry"
            head={['Version', 'Entries', 'Changed', 'By', 'Note', 'Digest']}
            hideBelow={[null, 'md', null, 'md', null, 'lg']}
            rows={versions.map((version) => ({
              id: String(version.version),
              cells: [
                version.version === registry.version ? (
                  <strong key="version" className="font-medium">
                    {version.version}, shown
                  </strong>
                ) : (
                  <Link
                    key="version"
                    className="link"
                    prefetch={false}
                    href={version.version === newest ? '/registry' : `/registry?version=${version.version}`}
                  >
                    {version.version}
                  </Link>
                ),
                <span key="entries" className="tnum">
                  {formatCount(version.entries)}
                </span>,
                <Time key="at" at={version.changed_at} precision="minute" />,
                <InertText key="by" text={version.changed_by ?? ''} />,
                <InertText key="note" text={version.note ?? 'none'} />,
                version.sha256 === null ? '' : <Hash key="digest" value={version.sha256} label="digest of the entries" />,
              ],
            }))}
          />
          {versions.length < newest && (
            <p className="mt-1 text-xs text-ink-3">The newest {versions.length}; others are opened by their number.</p>
          )}
        </section>
      )}
      {doing?.kind === 'entry' && <EntryDialog entries={entries} version={newest} old={doing.old} begin={doing.begin} onClose={close} />}
      {doing?.kind === 'remove' && (
        <ChangeDialog
          title={`Remove ${entryLabel(doing.entry)}?`}
          description="Records that name it are then held to another entry that matches, or, where there is none, kept as restricted. Those that are there stay as they are."
          entries={entries}
          next={withEntry(entries, doing.entry, null)}
          version={newest}
          action="Remove"
          say={`“${entryLabel(doing.entry)}” is removed`}
          onClose={close}
        />
      )}
      {doing?.kind === 'import' && (
        <ChangeDialog
          title="Import a registry"
          description={<InertText text={`${countOf(doing.entries.length, 'entry', 'entries')} from ${doing.from}.`} />}
          entries={entries}
          next={doing.entries}
          version={newest}
          action="Import"
          say="The registry was imported"
          mayMerge
          onClose={close}
        />
      )}
      {doing?.kind === 'again' && (
        <ChangeDialog
          title={`Use version ${registry.version} again?`}
          description={`Its entries become a new version, ${newest + 1}. What changed between is not lost: every version stays.`}
          entries={null}
          next={[...entries]}
          version={newest}
          action="Use again"
          say={`The entries of version ${registry.version} are in force again`}
          onClose={close}
        />
      )}
    </div>
  );
}
