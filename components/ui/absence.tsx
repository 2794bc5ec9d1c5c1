import type { ReactNode } from 'react';
import { cx } from './class-names';

export type AbsenceKind = 'nothing_recorded' | 'no_match' | 'not_permitted' | 'archived' | 'erased';

const SAY: Record<AbsenceKind, { title: string; text: string }> = {
  nothing_recorded: { title: 'Nothing recorded yet', text: 'This ledger has no such entry. When one arrives it will stand here.' },
  no_match: { title: 'No match', text: 'There are entries, but none passes all of the filters above.' },
  not_permitted: {
    title: 'Not permitted',
    text: 'Your role on this ledger does not open this. What it holds is neither confirmed nor denied.',
  },
  archived: {
    title: 'Archived',
    text: 'The record has left the database. Its entry and its seal remain here; the record is fetched when it is opened.',
  },
  erased: { title: 'Erased under policy', text: 'The words were destroyed as the retention policy asks. The entry and its seal remain.' },
};

interface Props {
  kind: AbsenceKind;
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** Five kinds of absence are five different things, and each is said. */
export function Absence({ kind, title, children, action, className }: Props) {
  return (
    <div className={cx('flex max-w-[62ch] flex-col items-start gap-1 py-8', className)}>
      <p className="font-serif text-lg">{title ?? SAY[kind].title}</p>
      <div className="text-sm text-ink-2">{children ?? SAY[kind].text}</div>
      {action !== undefined && <div className="mt-2">{action}</div>}
    </div>
  );
}
