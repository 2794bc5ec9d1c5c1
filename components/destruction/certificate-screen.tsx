'use client';

import { useLedgerPath } from '@/components/shell/frame-context';
import { buttonClass } from '@/components/ui/button';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount } from '@/components/ui/format-count';
import { Hash } from '@/components/ui/hash';
import { InertText } from '@/components/ui/inert-text';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import { sayScope } from '@/lib/policy/destruction-say';
import type { DestructionDetail, DestructionObject } from '@/lib/schema/destruction';
import { Decision } from './decision';
import { isStopped, objectState } from './destruction-words';
import { FoundView } from './found-view';
import { DestructionProgress } from './progress';

const RANGES_SHOWN = 40;

/** A request, what became of it, and its certificate: the page that an auditor is given. */
export function CertificateScreen({ destruction: one }: { destruction: DestructionDetail }) {
  const at = useLedgerPath();
  const { certified, certificate } = one;
  return (
    <div className="flex max-w-[1120px] flex-col gap-6">
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
        <div className="flex flex-col gap-2">
          <DestructionProgress initial={one} />
          {isStopped(one) && one.outcome !== null && (
            <p className="max-w-[76ch] text-sm">
              <InertText text={one.outcome} />
            </p>
          )}
          <Decision destruction={one} />
        </div>
        {certificate !== null && (
          <ul className="no-print flex flex-wrap gap-2">
            {(
              [
                ['pdf', 'Certificate as PDF'],
                ['json', 'Signed JSON'],
                ['note', 'Signed note'],
              ] as const
            ).map(([format, words]) => (
              <li key={format}>
                <a className={buttonClass('plain', 'small')} href={at(`/api/v1/destructions/${one.id}/certificate.${format}`)} download>
                  {words}
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className="grid gap-x-12 gap-y-6 lg:grid-cols-2">
        <Section title="By whom, and under which authority">
          <FactList>
            <Fact name="Scope">
              <InertText text={sayScope(one.scope)} />
            </Fact>
            <Fact name="Authority">
              <InertText text={one.authority} />
            </Fact>
            <Fact name="Reason">
              <InertText text={one.reason} />
            </Fact>
            <Fact name="Asked for by">
              <InertText text={one.requested.by} />, <Time at={one.requested.at} />
            </Fact>
            {one.approved !== null && (
              <Fact name="Approved by">
                <InertText text={one.approved.by} />, <Time at={one.approved.at} />
              </Fact>
            )}
            {one.closed !== null && (
              <Fact name={one.state === 'declined' ? 'Declined by' : 'Withdrawn by'}>
                <InertText text={one.closed.by} />, <Time at={one.closed.at} />
                {one.closed.reason !== null && (
                  <>
                    : <InertText text={one.closed.reason} />
                  </>
                )}
              </Fact>
            )}
            {one.finished_at !== null && (
              <Fact name="Carried out">
                <Time at={one.finished_at} />
              </Fact>
            )}
          </FactList>
        </Section>
        <Section title={certified === null ? 'What it names' : 'What was destroyed'}>
          {certified === null ? <FoundView found={one.approved?.found ?? one.found} /> : <Destroyed one={one} />}
        </Section>
      </div>
      {certified !== null && (
        <>
          <Section title="How">
            <FactList wide>
              <Fact name="Method">{certified.method}</Fact>
              <Fact name="Sealed words">
                {countOf(certified.words.parts, 'part', 'parts')} deleted, {countOf(certified.words.keys, 'data key', 'data keys')}{' '}
                destroyed; backups may hold wrapped keys until <Time at={certified.words.backups_until} precision="minute" />
              </Fact>
              {certified.words.key_ids.length > 0 && (
                <Fact name="Key ids">
                  <details>
                    <summary className="cursor-pointer">{countOf(certified.words.keys, 'key', 'keys')}</summary>
                    <ul className="columns-1 gap-x-6 md:columns-2">
                      {certified.words.key_ids.map((id) => (
                        <li key={id}>
                          <code className="mono text-xs">{id}</code>
                        </li>
                      ))}
                    </ul>
                  </details>
                </Fact>
              )}
              <Fact name="Holds">{certified.hold_check.say}</Fact>
              <Fact name="What stays">{certified.stays}</Fact>
            </FactList>
          </Section>
          <Section title="Archive objects">
            <Objects objects={one.objects} />
          </Section>
          <Section title="How this can be checked">
            <FactList wide>
              <Fact name="Certificate">
                version {certified.version}, issued <Time at={certified.issued_at} />
              </Fact>
              <Fact name="Signed note">
                <Hash value={certificate!.sha256} label="SHA-256 of the signed note" whole />
              </Fact>
              <Fact name="Positions">
                <Hash value={certified.records.positions_sha256} label="digest of the positions" whole />
              </Fact>
              <Fact name="Entries">
                <Hash value={certified.records.entries_sha256} label="digest of the entries’ integrity hashes" whole />
              </Fact>
              <Fact name="Checkpoint">
                {formatCount(certified.checkpoint.number)}, of {formatCount(certified.checkpoint.size)} entries
              </Fact>
              <Fact name="Keys">
                {certified.keys
                  .filter(({ kind }) => kind === 'ed25519')
                  .map(({ vkey }) => (
                    <code key={vkey} className="mono block break-all text-xs">
                      <InertText text={vkey} />
                    </code>
                  ))}
              </Fact>
              <Fact name="By">
                holdfast-verify over the signed note or the JSON file, with a key of the ledger that you have from elsewhere. The access
                ledger has an entry with the same digest, and each verification of the ledger holds the three against each other.
              </Fact>
            </FactList>
          </Section>
        </>
      )}
    </div>
  );
}

function Destroyed({ one }: { one: DestructionDetail }) {
  const { records, left, hold_check: holds } = one.certified!;
  const ranges = records.ranges ?? [];
  return (
    <FactList>
      <Fact name="Records">
        <span className="tnum">{formatCount(records.destroyed)}</span> of {formatCount(records.requested)} that were asked for
      </Fact>
      {records.first !== null && (
        <Fact name="Positions">
          #{formatCount(records.first)} to #{formatCount(records.last!)}
        </Fact>
      )}
      {ranges.length > 1 && (
        <Fact name="These">
          <span className="tnum">
            {ranges
              .slice(0, RANGES_SHOWN)
              .map(([from, to]) => (from === to ? formatCount(from) : `${formatCount(from)}–${formatCount(to)}`))
              .join(', ')}
          </span>
          {ranges.length > RANGES_SHOWN && `, and ${formatCount(ranges.length - RANGES_SHOWN)} ranges more`}
        </Fact>
      )}
      {left.held > 0 && (
        <Fact name="Held">
          <Status tone="attention">
            {countOf(left.held, 'record', 'records')} left under hold {holds.holds.map((number) => `#${number}`).join(', ')}
          </Status>
        </Fact>
      )}
      {left.not_due > 0 && <Fact name="Not due">{countOf(left.not_due, 'record', 'records')} left: not due any more</Fact>}
      {left.unsound > 0 && (
        <Fact name="Evidence">
          <Status tone="attention">{countOf(left.unsound, 'record', 'records')} left: not as sealed</Status>
        </Fact>
      )}
      {left.held + left.not_due + left.unsound === 0 && <Fact name="Left">nothing of what was asked for</Fact>}
    </FactList>
  );
}

function Objects({ objects }: { objects: readonly DestructionObject[] }) {
  if (objects.length === 0) return <p className="text-sm text-ink-2">None of these records was archived.</p>;
  return (
    <ul className="border-t border-hairline text-sm">
      {objects.map((one) => {
        const { tone, words } = objectState(one.state);
        return (
          <li key={one.segment} className="border-b border-hairline py-1.5" data-object={one.state}>
            <p className="flex flex-wrap items-baseline justify-between gap-x-6">
              <span>
                Segment <span className="tnum">{formatCount(one.segment)}</span>
                <span className="text-ink-3">: {countOf(one.records, 'record', 'records')} of this destruction</span>
              </span>
              <Status tone={tone}>
                {words}
                {one.removed_at !== null && (
                  <>
                    , <Time at={one.removed_at} precision="minute" />
                  </>
                )}
                {one.until !== null && (
                  <>
                    : bodies stay in it until <Time at={one.until} precision="minute" />
                  </>
                )}
              </Status>
            </p>
            <p className="text-xs text-ink-3">
              <code className="mono wrap-anywhere">
                <InertText text={`${one.place}/${one.object}`} />
              </code>
              {one.version_id !== null && (
                <>
                  {' '}
                  · version{' '}
                  <code className="mono wrap-anywhere">
                    <InertText text={one.version_id} />
                  </code>
                </>
              )}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
