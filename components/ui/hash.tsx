'use client';

import { cx } from './class-names';
import { CopyButton } from './copy-button';
import { middleTruncate } from './middle-truncate';

interface Props {
  value: string;
  label?: string;
  /** Show every character; wraps anywhere. */
  whole?: boolean;
  copy?: boolean;
  className?: string;
}

/** A hash or an id: mono, middle-truncated for the eye, whole in the title and when copied. */
export function Hash({ value, label = 'hash', whole = false, copy = true, className }: Props) {
  return (
    <span className={cx('inline-flex max-w-full items-center gap-1', className)}>
      <code title={value} className={cx('mono', whole ? 'break-all' : 'whitespace-nowrap')}>
        {whole ? value : middleTruncate(value)}
      </code>
      {copy && <CopyButton text={value} label={`Copy ${label}`} />}
    </span>
  );
}
