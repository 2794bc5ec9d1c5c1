'use client';

import type { ReactNode } from 'react';
import { cx } from './class-names';
import { useClock } from './clock';
import { formatRelative, formatTime } from './format-time';

interface Props {
  at: string | null;
  precision?: 'minute' | 'second' | 'millisecond';
  /** Words first, the absolute time in the title: only where the words are the point. */
  relative?: boolean;
  /** What to say where there is no time. */
  none?: string;
  className?: string;
}

/** Tabular figures come with a wide hyphen; dates read better with the narrow one. The text stays one text. */
function spaced(text: string): ReactNode {
  const [year, month, ...rest] = text.split('-');
  if (month === undefined || rest.length === 0) return text;
  const hyphen = <span className="[font-variant-numeric:normal]">-</span>;
  return (
    <>
      {year}
      {hyphen}
      {month}
      {hyphen}
      {rest.join('-')}
    </>
  );
}

/** A moment: absolute with its zone; relative, and exact in UTC, in the title. */
export function Time({ at, precision = 'second', relative = false, none = 'never', className }: Props) {
  const clock = useClock();
  if (at === null) return <span className={cx('text-ink-3', className)}>{none}</span>;
  const absolute = formatTime(at, clock?.zone ?? 'UTC', precision);
  const words = clock === null ? '' : formatRelative(at, clock.now);
  return (
    <time dateTime={at} title={`${relative ? absolute : words || absolute} · ${at}`} className={cx('whitespace-nowrap', className)}>
      {relative && words !== '' ? words : spaced(absolute)}
    </time>
  );
}
