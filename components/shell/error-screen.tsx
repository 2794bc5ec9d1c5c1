'use client';

import { Button } from '@/components/ui/button';

interface Props {
  digest: string | null;
  onRetry: () => void;
}

const KNOWN: Record<string, { title: string; text: string }> = {
  audit_unavailable: {
    title: 'The view could not be recorded, so nothing is shown',
    text: 'Every look at a ledger is itself an entry of the access ledger, written before anything is shown. That entry could not be written just now. No data left the ledger.',
  },
  forbidden: {
    title: 'Your role does not permit this',
    text: 'The request has been recorded in the access ledger. An administrator can change roles under Settings.',
  },
  not_found: {
    title: 'There is nothing at this address',
    text: 'The record or conversation is not in a ledger that you may read. Nothing is ever removed from a ledger to make a page disappear.',
  },
  query_invalid: {
    title: 'This search cannot be read',
    text: 'The q in the address is no search. The box above a list says what is wrong with one before it is carried out.',
  },
  words_not_indexed: {
    title: 'This ledger keeps no index of words',
    text: 'What was said is encrypted, and can be searched (said:) only where a compliance officer has switched the index on under Settings, Words. Every other term can be searched without it.',
  },
  vault_unavailable: {
    title: 'The vault does not answer',
    text: 'Words can neither be opened nor searched until it does. The ledger and everything else is as it was.',
  },
  format: { title: 'This address cannot be read', text: 'A filter or a cursor in it has a value that is not allowed.' },
};

/** What a page says instead of its content. Known refusals say what happened; anything else gives the number that stands in the log. */
export function ErrorScreen({ digest, onRetry }: Props) {
  const known = digest === null ? undefined : KNOWN[digest];
  // What was asked for stands in the address: it can be gone back to, or left out.
  const asked = ['query_invalid', 'words_not_indexed', 'vault_unavailable', 'format'].includes(digest ?? '');
  const retries = digest === 'audit_unavailable' || known === undefined;
  return (
    <main className="mx-auto flex min-h-dvh max-w-[36rem] flex-col justify-center px-6">
      <div className="flex flex-col gap-3" role="alert">
        <h1 className="font-serif text-2xl text-balance">{known?.title ?? 'This page could not be made'}</h1>
        <p className="text-base text-ink-2">
          {known?.text ?? 'Something went wrong on our side. Nothing in the ledger has changed by it.'}
        </p>
        {known === undefined && digest !== null && (
          <p className="text-ink-3">
            Reference <span className="mono">{digest}</span>
          </p>
        )}
        <div className="mt-2 flex gap-2">
          {retries && (
            <Button tone="primary" onClick={onRetry}>
              Try again
            </Button>
          )}
          {asked && <Button render={<a href="?">The list without it</a>} />}
          <Button render={<a href="/">Go to the overview</a>} />
        </div>
      </div>
    </main>
  );
}
