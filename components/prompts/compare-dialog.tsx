'use client';

import { DiffView } from '@/components/diff/diff-view';
import { Dialog } from '@/components/ui/dialog';
import { Status } from '@/components/ui/status';
import { PurposeForm } from '@/components/words/purpose-form';
import type { RevealedPart } from '@/components/words/read-ndjson';
import { useNow } from '@/components/words/use-now';
import { useReveal } from '@/components/words/use-reveal';
import { useShown } from '@/components/words/use-shown';
import { countdown } from '@/components/words/words-words';
import type { Purpose } from '@/lib/policy/purposes';
import type { ChangeDto } from '@/lib/schema/prompts';
import { changeName } from './change-words';

interface Props {
  before: ChangeDto;
  after: ChangeDto;
  purposes: readonly Purpose[];
  onClose: () => void;
}

/** Two prompts beside each other: revealed like any content, each look recorded with its purpose, and gone after some minutes or when the dialog is closed. */
export function CompareDialog({ before, after, purposes, onClose }: Props) {
  const reveal = useReveal();
  const shown = useShown();
  const now = useNow(shown.until !== null);
  const [first, second] = [before, after].map((change) => shown.opened({ record_id: change.id, index: change.text_part ?? 0 }));
  const title = `Prompt ${changeName(before)} and ${changeName(after)}`;
  const open = async (change: ChangeDto, why: { purpose: string; note?: string }): Promise<RevealedPart> => {
    const parts: RevealedPart[] = [];
    await reveal({ record_id: change.id, parts: [change.text_part ?? 0], ...why }, (part) => parts.push(part));
    const [part] = parts;
    if (part !== undefined && 'text' in part) return part;
    throw new Error(`${changeName(change)} cannot be shown: ${part === undefined ? 'its text is not there' : part.why}`);
  };
  const texts = first && second && 'text' in first && 'text' in second ? { before: first.text, after: second.text } : null;
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={title}
      width={texts === null ? 'narrow' : 'broad'}
      {...(texts === null && { description: 'Their texts are sealed. Who opens them, and why, is recorded first.' })}
    >
      {texts === null ? (
        <PurposeForm
          purposes={purposes}
          action="Reveal and compare"
          onCancel={onClose}
          onSubmit={async (why) => {
            for (const part of [await open(before, why), await open(after, why)]) shown.show(part);
          }}
        />
      ) : (
        <div className="flex flex-col gap-3">
          <Status tone="attention" className="text-sm">
            Covered again in <span className="tnum">{countdown((shown.until ?? 0) - now)}</span>
          </Status>
          <DiffView before={texts.before} after={texts.after} beforeTitle={changeName(before)} afterTitle={changeName(after)} />
        </div>
      )}
    </Dialog>
  );
}
