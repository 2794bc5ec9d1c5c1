'use client';

import { formatCount } from '@/components/ui/format-count';
import { formatDuration } from '@/components/ui/format-time';
import { InertText } from '@/components/ui/inert-text';
import { Status } from '@/components/ui/status';
import { RecordWords } from '@/components/words/part-words';
import { useWords } from '@/components/words/words-context';
import type { EntryDto, InForce } from '@/lib/schema/screens';
import { detail } from './build-transcript';
import { Leaf, Margin } from './margin';

const LANGUAGES = typeof Intl.DisplayNames === 'function' ? new Intl.DisplayNames('en', { type: 'language' }) : null;

function languageName(code: string): string {
  try {
    return LANGUAGES?.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Empty lines where words would stand: about as many as there were, at most four. */
function BlankLines({ length }: { length: number }) {
  const count = Math.max(1, Math.min(4, Math.round(length / 70)));
  return (
    <div aria-hidden className="max-w-[70ch] print:hidden">
      {Array.from({ length: count }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: lines without words
          key={index}
          className="h-[22px] border-b border-dotted border-rule"
          style={index === count - 1 ? { width: `${25 + (length % 60)}%` } : undefined}
        />
      ))}
    </div>
  );
}

function Produced({ entry, inForce, disagrees }: { entry: EntryDto; inForce: InForce; disagrees: string[] }) {
  const tokensIn = detail(entry, 'tokens_in');
  const tokensOut = detail(entry, 'tokens_out');
  const latency = Number(detail(entry, 'latency_ms'));
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 text-xs text-ink-3">
      <span>
        In force: prompt {inForce.prompt === null ? 'not recorded' : <InertText className="text-ink-2" text={inForce.prompt.version} />}
        {inForce.prompt !== null && ` (since #${formatCount(inForce.prompt.seq)})`}, model{' '}
        {inForce.model === null ? 'not recorded' : <InertText className="text-ink-2" text={inForce.model.name} />}
        {inForce.model !== null && ` (since #${formatCount(inForce.model.seq)})`}
      </span>
      {tokensIn !== null && tokensOut !== null && (
        <span>
          {formatCount(tokensIn)} tokens in, {formatCount(tokensOut)} out
        </span>
      )}
      {latency > 0 && <span>{formatDuration(latency)}</span>}
      {disagrees.map((words) => (
        <Status key={words} tone="attention">
          The agent <InertText text={words} />
        </Status>
      ))}
    </p>
  );
}

interface Props {
  entry: EntryDto;
  speaker: 'user' | 'agent';
  inForce: InForce;
  disagrees: string[];
}

/** Words that were said: who, how much, and the words themselves where they were sent and have been opened. */
export function Speech({ entry, speaker, inForce, disagrees }: Props) {
  const length = Number(detail(entry, 'length'));
  const language = detail(entry, 'language');
  const name = speaker === 'agent' ? (entry.body?.agent_name ?? entry.body?.actor_id) : entry.body?.actor_id;
  const kept = useWords()?.dto.parts.some(({ record_id: id }) => id === entry.id) === true;
  const refused = entry.body?.outcome === 'failure' || entry.body?.outcome === 'denied';
  return (
    <Leaf margin={<Margin entry={entry} />} className="max-sm:py-2.5 sm:*:py-2.5">
      <p className="text-sm">
        <span className="font-semibold">{speaker === 'agent' ? 'Agent' : 'User'}</span>{' '}
        {name !== undefined && (
          <span className="text-ink-2">
            <InertText text={name} />
          </span>
        )}
        {refused && (
          <Status tone="attention" className="ml-2">
            {entry.body?.outcome === 'denied' ? 'denied' : 'failed'}
          </Status>
        )}
      </p>
      {kept ? (
        <RecordWords entry={entry} named={false} />
      ) : (
        <>
          {length > 0 && <BlankLines length={length} />}
          <p className="mt-1.5 font-serif text-base text-ink-2 italic">
            {length > 0 ? `${formatCount(length)} characters` : 'Length not reported'}
            {language !== null && (
              <>
                {' '}
                in <InertText text={languageName(language)} />
              </>
            )}
            ; the words were not sent.
          </p>
        </>
      )}
      {speaker === 'agent' && <Produced entry={entry} inForce={inForce} disagrees={disagrees} />}
    </Leaf>
  );
}
