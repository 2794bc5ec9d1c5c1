'use client';

import Link from 'next/link';
import { useState } from 'react';
import { Button, buttonClass } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { Fact, FactList } from '@/components/ui/fact-list';
import { countOf, formatCount, formatTotal } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { AgentChangesDto, ChangeDto } from '@/lib/schema/prompts';
import { AsOfForm } from './as-of-form';
import { approvalWords, changeName } from './change-words';
import { CompareDialog } from './compare-dialog';

function Change({ change, chosen, onChoose }: { change: ChangeDto; chosen: boolean; onChoose: ((chosen: boolean) => void) | null }) {
  const approval = approvalWords(change);
  return (
    <li className="grid gap-x-6 gap-y-1 border-t border-hairline py-3 md:grid-cols-[170px_minmax(0,1fr)_230px]">
      <p className="text-sm text-ink-2">
        <Time at={change.at} precision="minute" />
        <Link className="link mono block text-xs" prefetch={false} href={`/records/${change.seq}`}>
          #{formatCount(change.seq)}
        </Link>
      </p>
      <div className="min-w-0">
        <p className="font-serif text-lg">
          {change.kind === 'prompt' ? 'Prompt, ' : 'Model, '}
          <InertText text={changeName(change)} />
        </p>
        <FactList>
          <Fact name="Before">
            {change.previous === null ? <span className="text-ink-3">not recorded</span> : <InertText text={change.previous} />}
          </Fact>
          <Fact name="Author">
            {change.author === null ? <span className="text-ink-3">not recorded</span> : <InertText text={change.author} />}
          </Fact>
          <Fact name="Approval">
            {approval.tone === 'plain' ? (
              <InertText text={approval.words} />
            ) : (
              <Status tone={approval.tone}>
                <InertText text={approval.words} />
              </Status>
            )}
          </Fact>
          {change.ticket !== null && (
            <Fact name="Ticket">
              <InertText text={change.ticket} />
            </Fact>
          )}
          {change.reason !== null && (
            <Fact name="Reason">
              <InertText text={change.reason} />
            </Fact>
          )}
        </FactList>
      </div>
      <div className="text-sm text-ink-2">
        <p>
          <span className="tnum text-ink">{formatTotal(change.served)}</span>{' '}
          {change.served.count === 1 && change.served.exact ? 'conversation began' : 'conversations began'} under it
        </p>
        {change.kind === 'prompt' && (
          <p className="mt-1">
            {change.text_part === null ? (
              <span className="text-ink-3">Its text was not sent.</span>
            ) : onChoose !== null ? (
              <Checkbox checked={chosen} onChange={onChoose}>
                Compare
              </Checkbox>
            ) : (
              'Its text is sealed.'
            )}
          </p>
        )}
      </div>
    </li>
  );
}

/** Each change of an agent's prompts and models; two prompts can be opened beside each other. */
export function AgentChangesScreen({ as_of: at, agent, in_force: inForce, changes, older, purposes }: AgentChangesDto) {
  const [chosen, setChosen] = useState<string[]>([]);
  const [open, setOpen] = useState(false);
  const sealed = changes.filter(({ text_part: part }) => part !== null);
  const choose = (seq: string) => (on: boolean) =>
    setChosen((before) => (on ? [...before, seq].slice(-2) : before.filter((one) => one !== seq)));
  const pair = sealed.filter(({ seq }) => chosen.includes(seq)).toReversed();
  return (
    <div className="flex max-w-[1040px] flex-col gap-4">
      <div className="flex flex-wrap items-start justify-between gap-4">
        <p className="max-w-[60ch] font-serif text-xl text-balance">
          {inForce.prompt === null ? 'No prompt is recorded' : `Prompt ${changeName(inForce.prompt)}`}
          {inForce.model === null ? '.' : ` on ${changeName(inForce.model)}.`}
        </p>
        <AsOfForm at={at} />
      </div>
      {sealed.length > 1 && (
        <div className="flex flex-wrap items-baseline gap-3">
          <Button tone="primary" disabled={pair.length !== 2} onClick={() => setOpen(true)}>
            Compare two texts
          </Button>
          <span className="text-sm text-ink-3">
            {pair.length === 2
              ? `${changeName(pair[0]!)} and ${changeName(pair[1]!)}`
              : `Choose two of ${countOf(sealed.length, 'text', 'texts')} below. Opening them asks for a purpose.`}
          </span>
        </div>
      )}
      {changes.length === 0 ? (
        <p className="text-sm text-ink-2">Nothing is recorded about this agent’s prompt or model up to then.</p>
      ) : (
        <ol className="list-none">
          {changes.map((change) => (
            <Change
              key={change.seq}
              change={change}
              chosen={chosen.includes(change.seq)}
              onChoose={sealed.length > 1 ? choose(change.seq) : null}
            />
          ))}
        </ol>
      )}
      {older !== null && (
        <p>
          <Link
            prefetch={false}
            className={buttonClass('plain', 'small')}
            href={`/prompts/${encodeURIComponent(agent)}?older=${older}${at === null ? '' : `&at=${encodeURIComponent(at)}`}`}
          >
            Older changes
          </Link>
        </p>
      )}
      {open && pair.length === 2 && <CompareDialog before={pair[0]!} after={pair[1]!} purposes={purposes} onClose={() => setOpen(false)} />}
    </div>
  );
}
