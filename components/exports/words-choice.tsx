'use client';

import { Checkbox } from '@/components/ui/checkbox';
import { Field, Input } from '@/components/ui/field';
import { countOf } from '@/components/ui/format-count';
import { Select } from '@/components/ui/select';
import { Status } from '@/components/ui/status';
import { purposeFault } from '@/lib/policy/purposes';
import type { ExportPreview } from '@/lib/schema/evidence';
import type { EvidenceScope } from '@/lib/schema/proofs';
import type { PurposeOfUse } from '@/lib/schema/words';
import { formatBytes } from './export-words';
import { useExportPreview } from './use-export';

/** Whether the words are to be in a bundle, and what for; `fault` is what still keeps it from being made. */
export interface WordsWish {
  include: boolean;
  purpose: string;
  note: string;
}
export const NO_WORDS: WordsWish = { include: false, purpose: '', note: '' };

interface Props {
  scope: EvidenceScope | null;
  wish: WordsWish;
  /** Said beside the purpose, once somebody has tried. */
  fault: string | null;
  onChange: (wish: WordsWish) => void;
}

/** The words too: how many they are, what whoever gets the file can then do, and why they are taken. */
export function WordsChoice({ scope, wish, fault, onChange }: Props) {
  const { data: preview, error } = useExportPreview(wish.include ? scope : null);
  return (
    <div className="flex flex-col gap-3 border-t border-rule pt-4">
      <Checkbox
        checked={wish.include}
        onChange={(include) => onChange({ ...wish, include })}
        hint="Unless you choose them they are not in it; the records are proven all the same."
      >
        Include the words
      </Checkbox>
      {wish.include && (
        <div className="flex flex-col gap-3 pl-6">
          <div aria-live="polite" className="text-sm">
            {error !== null && <p className="text-broken">{error.message}</p>}
            {error === null && preview === undefined && (
              <p className="text-ink-3">{scope === null ? 'Choose what to export first.' : 'Counting the words …'}</p>
            )}
            {preview !== undefined && <Counted preview={preview} />}
          </div>
          {preview !== undefined && preview.refusal === null && (
            <>
              <Field label="Purpose of use" error={fault}>
                <Select
                  aria-label="Purpose of use"
                  value={wish.purpose}
                  onChange={(purpose) => onChange({ ...wish, purpose })}
                  options={[{ value: '', label: 'Choose …' }, ...preview.purposes.map(({ code, say }) => ({ value: code, label: say }))]}
                />
              </Field>
              <Field label="Note" hint="Such as the number of the case. It stands in the access log for as long as that does.">
                <Input value={wish.note} onValueChange={(note: string) => onChange({ ...wish, note })} maxLength={500} />
              </Field>
            </>
          )}
        </div>
      )}
    </div>
  );
}

function Counted({ preview }: { preview: ExportPreview }) {
  if (preview.refusal !== null) return <Status tone="attention">{preview.refusal}</Status>;
  return (
    <>
      <p>
        {countOf(preview.parts, 'part', 'parts')} of words, {formatBytes(preview.bytes)}. Whoever has the file can read them: their keys are
        in it. No later shredding reaches a file that has left.
      </p>
      <p className="mt-1 text-ink-2">That you took them, and what for, is shown on each conversation.</p>
      {preview.left_out > 0 && (
        <p className="mt-1 text-ink-2">
          {countOf(preview.left_out, 'part is', 'parts are')} left out: only some of their conversation is in this, and its key would open
          all of it. Export that conversation whole to have them.
        </p>
      )}
      {preview.shredded > 0 && (
        <p className="mt-1 text-ink-2">{countOf(preview.shredded, 'part was', 'parts were')} shredded; the bundle says when and by whom.</p>
      )}
    </>
  );
}

/** What is to be sent with the request, or why it cannot be yet. */
export function readWish(wish: WordsWish, preview: ExportPreview | undefined): { content?: PurposeOfUse } | { fault: string } {
  if (!wish.include) return {};
  const note = wish.note.trim();
  const fault = purposeFault(preview?.purposes ?? [], wish.purpose, note);
  if (fault === 'unknown') return { fault: 'Choose a purpose: it is recorded with your name before anything is opened.' };
  if (fault === 'note_missing') return { fault: 'This purpose asks for a note in your own words.' };
  return { content: { purpose: wish.purpose, ...(note === '' ? {} : { note }) } };
}
