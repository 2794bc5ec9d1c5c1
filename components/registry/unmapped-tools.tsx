'use client';

import { SettingsTable } from '@/components/settings/settings-table';
import { Button } from '@/components/ui/button';
import { countOf, formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { RegistryDto, RegistryEntry } from '@/lib/schema/registry';
import { entryWords } from './registry-words';

interface Props {
  /** Whether any tool was called by name at all. */
  called: boolean;
  unmapped: RegistryDto['unmapped'];
  nameless: RegistryDto['nameless'];
  mayManage: boolean;
  /** The tool that is being mapped by one click. */
  busy: string | null;
  onMap: (entry: RegistryEntry) => void;
  onOther: (entry: RegistryEntry) => void;
}

/** Tools that agents call and the registry does not know, most called first. */
export function UnmappedTools({ called, unmapped, nameless, mayManage, busy, onMap, onOther }: Props) {
  return (
    <section className="border-t border-rule pt-2">
      <h2 className="section-title mb-1">Unmapped tools</h2>
      {unmapped.length === 0 ? (
        <p className="text-sm">
          {called ? (
            <Status tone="noted">Every tool that was called by name is on the registry.</Status>
          ) : (
            <Status tone="pending">No tool has been called by name yet; one that is not on the registry will stand here.</Status>
          )}
        </p>
      ) : (
        <>
          <p className="mb-2 text-sm">
            <Status tone="attention">
              {countOf(unmapped.length, 'tool is', 'tools are')} not on the registry: whatever their senders write, their calls are kept as
              restricted, and nothing is derived from them.
            </Status>
          </p>
          <SettingsTable
            caption="Unmapped tools"
            head={['Tool', 'Calls', 'Last called', ...(mayManage ? ['Probably', ''] : [])]}
            hideBelow={[null, null, 'md', 'md', null]}
            rows={unmapped.map(({ tool, count, last_at: last, suggestion }) => ({
              id: tool ?? '',
              cells: [
                <InertText key="tool" text={tool ?? ''} className="mono text-xs font-medium" />,
                <span key="count" className="tnum">
                  {formatCount(count)}
                </span>,
                <Time key="last" at={last} precision="minute" />,
                ...(mayManage
                  ? [
                      suggestion === null ? '' : <InertText key="probably" text={entryWords(suggestion)} />,
                      <span key="do" className="inline-flex gap-1.5">
                        {suggestion !== null && (
                          <Button
                            size="small"
                            busy={busy === tool}
                            disabled={busy !== null}
                            onClick={() => onMap(suggestion)}
                            aria-label={`Map ${tool} as suggested`}
                          >
                            Map
                          </Button>
                        )}
                        <Button
                          size="small"
                          tone="quiet"
                          onClick={() =>
                            onOther(
                              suggestion ?? { kind: 'tool', name: tool ?? '', domains: [], classification: 'restricted', access: 'none' },
                            )
                          }
                          aria-label={`Map ${tool} otherwise`}
                        >
                          Otherwise…
                        </Button>
                      </span>,
                    ]
                  : []),
              ],
            }))}
          />
        </>
      )}
      {nameless !== null && (
        <p className="mt-2 max-w-[72ch] text-xs text-ink-3">
          {countOf(nameless.count, 'call', 'calls')} named no tool, or a name that cannot be looked up (longer than 128 characters, or
          beyond the first 5,000 names); the last one came <Time at={nameless.last_at} relative />.
        </p>
      )}
    </section>
  );
}
