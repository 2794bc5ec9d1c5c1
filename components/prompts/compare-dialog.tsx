'use client';

import { useState } from 'react';
import { DiffView } from '@/components/diff/diff-view';
import { Dialog } from '@/components/ui/dialog';
import { PurposeForm } from '@/components/words/purpose-form';
import { useReveal } from '@/components/words/use-reveal';
import type { Purpose } from '@/lib/policy/purposes';
import type { ChangeDto } from '@/lib/schema/prompts';
import { changeName } from './change-words';

interface Props {
  before: ChangeDto;
  after: ChangeDto;
  purposes: readonly Purpose[];
  onClose: () => void;
}

/** Two prompts beside each other: revealed like any content, each look recorded with its purpose, and gone when the dialog is closed. */
export function CompareDialog({ before, after, purposes, onClose }: Props) {
  const reveal = useReveal();
  const [texts, setTexts] = useState<{ before: string; after: string } | null>(null);
  const title = `Prompt ${changeName(before)} and ${changeName(after)}`;
  const open = async (change: ChangeDto, why: { purpose: string; note?: string }): Promise<string> => {
    let text: string | null = null;
    let absent = 'its text is not there';
    await reveal({ record_id: change.id, parts: [change.text_part ?? 0], ...why }, (part) => {
      if ('text' in part) text = part.text;
      else absent = part.why;
    });
    if (text === null) throw new Error(`${changeName(change)} cannot be shown: ${absent}`);
    return text;
  };
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
          onSubmit={async (why) => setTexts({ before: await open(before, why), after: await open(after, why) })}
        />
      ) : (
        <DiffView before={texts.before} after={texts.after} beforeTitle={changeName(before)} afterTitle={changeName(after)} />
      )}
    </Dialog>
  );
}
