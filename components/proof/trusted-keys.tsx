'use client';

import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { FIELD_CLASS } from '@/components/ui/field';
import { countOf } from '@/components/ui/format-count';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { readKeys } from './read-keys';

interface Props {
  /** Pasted keys; null while those of the server are used. */
  own: SignerKeyDto[] | null;
  onChange: (keys: SignerKeyDto[] | null) => void;
}

/** What a verification in this page rests on, said beside its verdict, and the way to rest it on keys from elsewhere. */
export function TrustedKeys({ own, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const take = () => {
    try {
      onChange(readKeys(text));
      setError(null);
      setOpen(false);
    } catch (fault) {
      setError(fault instanceof Error ? fault.message : 'These are no verifier keys.');
    }
  };
  return (
    <div className="text-sm text-ink-2">
      <p className="max-w-[72ch]">
        {own === null
          ? 'Computed in this browser from what the server sent. The keys came from the same server: this shows that record, tree and signatures agree, not whose keys they are. Paste keys that you got another way to settle that.'
          : `Computed in this browser from what the server sent, with ${countOf(own.length, 'key', 'keys')} that you pasted.`}{' '}
        The code of this page came from the server too; an evidence bundle is verified without it.
      </p>
      <div className="no-print mt-1 flex flex-wrap gap-x-4">
        {!open && (
          <button type="button" className="link" onClick={() => setOpen(true)}>
            Use my own keys
          </button>
        )}
        {own !== null && (
          <button type="button" className="link" onClick={() => onChange(null)}>
            Use the server’s keys
          </button>
        )}
      </div>
      {open && (
        <div className="mt-2 flex max-w-[72ch] flex-col gap-1">
          <label htmlFor="own-keys" className="text-xs font-medium text-ink-2">
            Verifier keys, one a line
          </label>
          <textarea
            id="own-keys"
            value={text}
            onChange={(event) => setText(event.target.value)}
            spellCheck={false}
            rows={4}
            placeholder="audit.example.org/ledgers/clinic+1a2b3c4d+AQ…"
            className={`${FIELD_CLASS} mono h-auto py-1.5 text-xs`}
            aria-invalid={error !== null}
            aria-describedby={error === null ? undefined : 'own-keys-error'}
          />
          {error !== null && (
            <p id="own-keys-error" role="alert" className="text-xs text-broken">
              {error}
            </p>
          )}
          <div className="flex gap-2 pt-1">
            <Button size="small" onClick={take}>
              Verify with these
            </Button>
            <Button size="small" tone="quiet" onClick={() => setOpen(false)}>
              Cancel
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
