'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { Button } from './button';
import { InertText } from './inert-text';
import { Status } from './status';

interface Props {
  said: { tone: Parameters<typeof Status>[0]['tone']; words: string };
  over: boolean;
  /** When the list that it stands in was made. */
  wasOver: boolean;
  cancelling: boolean;
  onCancel: () => void;
}

/** What has become of something that is being made, and a way to stop it; the list that it stands in is made again when it ends. */
export function JobState({ said, over, wasOver, cancelling, onCancel }: Props) {
  const router = useRouter();
  const ended = over && !wasOver;
  useEffect(() => {
    if (ended) router.refresh();
  }, [ended, router]);
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-3">
      <Status tone={said.tone}>
        <InertText text={said.words} />
      </Status>
      {!over && (
        <Button size="small" tone="quiet" busy={cancelling} onClick={onCancel}>
          Cancel
        </Button>
      )}
    </span>
  );
}
