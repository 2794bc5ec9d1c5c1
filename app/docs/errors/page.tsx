import type { Metadata } from 'next';
import { errorSections } from '@/lib/schema/error-pages';

export const metadata: Metadata = { title: 'Errors · Holdfast' };
// Made for each request, since the policy for scripts carries a number of that request.
export const dynamic = 'force-dynamic';

/** Where the `type` of a problem points. Open to everyone: it holds nothing of a ledger. */
export default function ErrorsPage() {
  return (
    <main className="mx-auto max-w-[72ch] px-6 py-12">
      <h1 className="font-serif text-2xl">Errors</h1>
      <p className="mt-2 text-ink-2">The code is the contract; the wording may change. The pointer names the place in what was sent.</p>
      {errorSections().map(({ code, status, say, advice }) => (
        <section key={code} id={code} className="mt-6 border-t border-rule pt-3 target:border-seal">
          <h2 className="font-mono text-sm">
            {code} <span className="text-ink-2">{status}</span>
          </h2>
          <p className="mt-1">{say}</p>
          {advice === null ? null : <p className="mt-1">{advice}</p>}
        </section>
      ))}
    </main>
  );
}
