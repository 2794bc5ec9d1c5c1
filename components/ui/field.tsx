'use client';

import { Field as Base } from '@base-ui/react/field';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './class-names';

export const FIELD_CLASS =
  'h-8 w-full min-w-0 rounded border border-rule bg-leaf px-2.5 text-sm text-ink hover:border-ink-3 disabled:opacity-60 data-invalid:border-broken';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  children: ReactNode;
  className?: string;
}

/** Label, control, hint and error, tied together for assistive technology. */
export function Field({ label, hint, error, children, className }: FieldProps) {
  return (
    <Base.Root className={cx('flex flex-col gap-1', className)} invalid={Boolean(error)}>
      <Base.Label className="text-xs font-medium text-ink-2">{label}</Base.Label>
      {children}
      {hint !== undefined && <Base.Description className="text-xs text-ink-3">{hint}</Base.Description>}
      {error ? (
        <Base.Error match className="text-xs text-broken">
          {error}
        </Base.Error>
      ) : null}
    </Base.Root>
  );
}

export function Input({ className, ...rest }: Omit<ComponentProps<typeof Base.Control>, 'className'> & { className?: string }) {
  return <Base.Control {...rest} className={cx(FIELD_CLASS, className)} />;
}
