'use client';

import Link from 'next/link';
import type { ReactNode } from 'react';
import { InertText } from '@/components/ui/inert-text';
import type { HoldDto } from '@/lib/schema/holds';
import { scopeHref } from './hold-words';

/** What a hold is on, as part of a sentence, leading to it: "everything about P-1017". */
export function HeldScope({ scope }: { scope: HoldDto['scope'] }): ReactNode {
  const { kind, value, type, from, to } = scope;
  const named = (
    <Link className="link" prefetch={false} href={scopeHref(scope)}>
      {kind === 'time' ? from === to ? from : `${from} to ${to}` : <InertText text={value} />}
    </Link>
  );
  switch (kind) {
    case 'conversation':
      return <>the conversation {named}</>;
    case 'subject':
      return <>everything about {named}</>;
    case 'resource':
      return (
        <>
          the resource {named} (<InertText text={type ?? ''} />)
        </>
      );
    case 'actor':
      return <>everything that {named} did</>;
    case 'agent':
      return <>everything of the agent {named}</>;
    default:
      return <>everything of {named}</>;
  }
}
