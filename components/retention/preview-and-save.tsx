'use client';

import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Field, Input } from '@/components/ui/field';
import { countingWords } from './retention-words';
import { usePreview, useSavePolicies, type Wish } from './use-policies';

interface Props {
  wish: Wish;
  /** Version of the policies that the wish was made from. */
  version: number;
  action: string;
  /** What the toast says. */
  say: string;
  /** A reason that the wish has already asked for. */
  reason?: string;
  /** Back to what was entered. */
  onBack?: () => void;
  onClose: () => void;
}

/** What a change would do, then why it is made; only then is it kept. */
export function PreviewAndSave({ wish, version, action, say, reason: given, onBack, onClose }: Props) {
  const [written, setWritten] = useState('');
  const preview = usePreview(wish, version);
  const { save, overtaken, lookAgain } = useSavePolicies(version, onClose);
  const reason = given ?? written.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (preview.data !== undefined && reason.length >= 3) save.mutate({ wish, reason, say });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <section aria-label="Preview" className="border-y border-hairline py-3">
        {preview.error !== null ? (
          <p role="alert" className="text-sm text-broken">
            {preview.error.message}
          </p>
        ) : (
          <>
            <p role="status" className="font-serif text-lg text-balance">
              {preview.data?.say ?? 'Deciding every record anew, to see what would change…'}
            </p>
            {preview.data !== undefined && (
              <p className="mt-1 text-xs text-ink-2">
                As of {preview.data.today} (UTC). {countingWords(preview.data).join(' ')} Records are not rewritten, and nothing is
                destroyed by it.
              </p>
            )}
          </>
        )}
      </section>
      {given === undefined && (
        <Field label="Reason" hint="Why; it stands beside the version and in the access log.">
          <Input value={written} onValueChange={(value: string) => setWritten(value)} required minLength={3} maxLength={1000} autoFocus />
        </Field>
      )}
      {save.error !== null && (
        <div role="alert" className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-sm text-broken">
          <p>
            {save.error.message}
            {overtaken && ' Nothing of this was kept.'}
          </p>
          {overtaken && (
            <Button size="small" onClick={lookAgain}>
              Show the present policies
            </Button>
          )}
        </div>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        {onBack !== undefined && <Button onClick={onBack}>Back</Button>}
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" busy={save.isPending} disabled={preview.data === undefined || overtaken}>
          {action}
        </Button>
      </div>
    </form>
  );
}
