import Link from 'next/link';

export const metadata = { title: 'Nothing here' };

export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[34rem] flex-col justify-center gap-3 px-6">
      <p className="mono text-ink-3">404</p>
      <h1 className="font-serif text-2xl">There is nothing at this address</h1>
      <p className="text-base text-ink-2">
        The address may be mistyped, or the record or conversation is not in a ledger that you may read. Nothing is ever removed from a
        ledger to make a page disappear.
      </p>
      <p>
        <Link className="link" href="/" prefetch={false}>
          Go to the overview
        </Link>
      </p>
    </main>
  );
}
