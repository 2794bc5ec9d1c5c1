'use client';

import Link from 'next/link';
import { useMay } from '@/components/shell/frame-context';
import { Button } from '@/components/ui/button';
import { countOf } from '@/components/ui/format-count';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { PartDto } from '@/lib/schema/words';
import { useNow } from './use-now';
import { useWords } from './words-context';
import { barWords, countdown } from './words-words';

function Said({ parts }: { parts: readonly PartDto[] }) {
  const { words, broken } = barWords(parts);
  return broken ? <Status tone="broken">{words}</Status> : <span className="text-ink-2">{words}</span>;
}

/** Above a transcript: how much of it is sealed, and what can be done about that. @param destroyed of its records, whose words went with them: whether there were any is not known */
export function WordsBar({ conversationId, destroyed = 0 }: { conversationId: string; destroyed?: number | undefined }) {
  const words = useWords();
  const now = useNow(words?.until != null);
  const emergency = useMay('break_glass.use');
  if (words === null) return null;
  const { dto, until, ask } = words;
  const sealed = dto.parts.filter(({ state }) => state === 'sealed');
  const unread = dto.parts.filter((part) => {
    const one = words.opened(part);
    return one !== null && 'absent' in one && one.absent === 'unreadable';
  }).length;
  if (dto.parts.length === 0 && destroyed > 0) return null;
  if (dto.parts.length === 0)
    return (
      <p className="mb-3 max-w-[70ch] text-sm text-ink-2">
        The sender kept the words to itself: that something was said, when, by whom and how long it was, is here.
      </p>
    );
  return (
    <div className="no-print mb-3 flex flex-wrap items-center gap-x-4 gap-y-2 border-y border-rule py-2 text-sm" data-words-bar>
      {until !== null ? (
        <>
          <Status tone="attention">
            Revealed{words.purpose === null ? '' : ` for ${words.purpose.toLowerCase()}`}; covered again in{' '}
            <span className="tnum">{countdown(until - now)}</span>
          </Status>
          {unread > 0 && <Status tone="broken">{countOf(unread, 'part', 'parts')} could not be opened</Status>}
          <Button size="small" onClick={words.cover}>
            Cover now
          </Button>
        </>
      ) : (
        <Said parts={dto.parts} />
      )}
      {sealed.length > 0 && until === null && ask !== null && (
        <Button size="small" tone="primary" onClick={() => ask({ conversationId, count: sealed.length })}>
          Reveal the conversation
        </Button>
      )}
      {dto.break_glass_until !== null && (
        <Status tone="attention">
          Open to you by break-glass until <Time at={dto.break_glass_until} precision="minute" />
        </Status>
      )}
      {ask === null && sealed.length > 0 && (
        <span className="text-ink-3">
          Your role does not open them.{' '}
          {emergency && (
            <Link href="/break-glass" prefetch={false} className="link">
              In an emergency, break the glass
            </Link>
          )}
        </span>
      )}
    </div>
  );
}
