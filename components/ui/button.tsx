'use client';

import { Button as Base } from '@base-ui/react/button';
import type { ComponentProps } from 'react';
import { cx } from './class-names';

type Tone = 'primary' | 'plain' | 'quiet' | 'danger';

const TONES: Record<Tone, string> = {
  primary: 'border-seal bg-seal text-on-seal hover:border-seal-strong hover:bg-seal-strong',
  plain: 'border-rule bg-leaf text-ink hover:bg-sunk',
  quiet: 'border-transparent text-ink-2 hover:bg-sunk hover:text-ink',
  danger: 'border-broken text-broken hover:bg-broken hover:text-on-broken',
};

interface Props extends Omit<ComponentProps<typeof Base>, 'className'> {
  tone?: Tone;
  size?: 'small' | 'normal';
  className?: string;
  /** Shows that the work is under way and refuses a second press. */
  busy?: boolean;
}

export function buttonClass(tone: Tone = 'plain', size: 'small' | 'normal' = 'normal', extra?: string): string {
  return cx(
    'inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded border font-medium no-underline select-none',
    'disabled:cursor-not-allowed disabled:opacity-55 data-disabled:cursor-not-allowed data-disabled:opacity-55',
    size === 'small' ? 'h-6 px-2 text-xs' : 'h-8 px-3 text-sm',
    TONES[tone],
    extra,
  );
}

export function Button({ tone = 'plain', size = 'normal', className, busy = false, disabled, children, render, ...rest }: Props) {
  return (
    <Base
      {...rest}
      {...(render === undefined ? {} : { render, nativeButton: false })}
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={buttonClass(tone, size, className)}
    >
      {children}
    </Base>
  );
}
