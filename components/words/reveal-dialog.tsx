'use client';

import { ApiProblem } from '@/components/api/call-api';
import { Dialog } from '@/components/ui/dialog';
import { countOf } from '@/components/ui/format-count';
import type { Purpose } from '@/lib/policy/purposes';
import { PurposeForm } from './purpose-form';
import type { RevealedPart } from './read-ndjson';
import type { Entered } from './reveal-entries';
import { useReveal } from './use-reveal';

/** What a reveal is asked about: the conversation, or some parts of one record. Null for who may not know how many there are before. */
export type Asked = { conversationId: string; count: number | null } | { recordId: string; parts: number[]; count: number };

interface Props {
  asked: Asked;
  purposes: readonly Purpose[];
  onPart: (part: RevealedPart) => void;
  onRevealed: (purpose: string) => void;
  onClose: () => void;
  /** Told of each entry that was made for it: one a stretch. */
  onEntered?: (entered: Entered) => void;
  /** What a refusal means to who may only for a while. */
  sayForbidden?: string;
}

/** A long conversation is opened in stretches: no more than these in one go, so that what is on the page can be read. */
const MOST_STRETCHES = 40;

/** Asks what for, has it recorded, and opens. */
export function RevealDialog({ asked, purposes, onPart, onRevealed, onClose, onEntered, sayForbidden }: Props) {
  const ask = useReveal();
  const reveal = async (...wish: Parameters<typeof ask>) => {
    try {
      return await ask(...wish);
    } catch (refusal) {
      if (sayForbidden !== undefined && refusal instanceof ApiProblem && refusal.code === 'forbidden') throw new Error(sayForbidden);
      throw refusal;
    }
  };
  const what = asked.count === null ? 'the words' : countOf(asked.count, 'part', 'parts');
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={'conversationId' in asked ? 'Reveal the words of this conversation' : `Reveal ${what}`}
      description="That you open them, and what for, is written into the access log before the first word is shown. After five minutes they are covered again."
    >
      <PurposeForm
        purposes={purposes}
        action={`Reveal ${what}`}
        onCancel={onClose}
        onSubmit={async (why) => {
          if ('recordId' in asked) await reveal({ record_id: asked.recordId, parts: asked.parts, ...why }, onPart, onEntered);
          else {
            let after: string | undefined;
            for (let i = 0; i < MOST_STRETCHES; i++) {
              const end = await reveal(
                { conversation_id: asked.conversationId, ...(after !== undefined && { after }), ...why },
                onPart,
                onEntered,
              );
              if (end.next_after === null) break;
              after = end.next_after;
            }
          }
          onRevealed(why.purpose);
        }}
      />
    </Dialog>
  );
}
