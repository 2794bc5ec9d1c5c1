import { Ban, Circle, CircleAlert, CircleCheck, CircleDashed, CircleX, Clock, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './class-names';

export type Tone = 'verified' | 'broken' | 'attention' | 'noted' | 'plain' | 'pending' | 'waiting' | 'denied';

const MARKS: Record<Tone, { icon: LucideIcon; className: string }> = {
  verified: { icon: CircleCheck, className: 'text-seal' },
  broken: { icon: CircleX, className: 'text-broken' },
  attention: { icon: CircleAlert, className: 'text-amber' },
  /** Said to be so, and not checked here. */
  noted: { icon: CircleCheck, className: 'text-ink-2' },
  plain: { icon: Circle, className: 'text-ink-2' },
  pending: { icon: CircleDashed, className: 'text-ink-3' },
  waiting: { icon: Clock, className: 'text-ink-2' },
  denied: { icon: Ban, className: 'text-amber' },
};

interface Props {
  tone: Tone;
  children: ReactNode;
  className?: string;
}

/** A status is an icon and words, so that neither colour nor shape carries it alone. */
export function Status({ tone, children, className }: Props) {
  const { icon: Icon, className: colour } = MARKS[tone];
  return (
    <span className={cx('inline-flex items-baseline gap-1.5', colour, className)}>
      <Icon size={13} strokeWidth={2} aria-hidden className="shrink-0 translate-y-[2px]" />
      <span>{children}</span>
    </span>
  );
}
