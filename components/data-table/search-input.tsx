import { Search } from 'lucide-react';
import type { ComponentProps, ReactNode, RefObject } from 'react';
import { useShortcuts } from '@/components/shell/use-shortcuts';
import { cx } from '@/components/ui/class-names';
import { FIELD_CLASS } from '@/components/ui/field';

interface Props extends Omit<ComponentProps<'input'>, 'ref' | 'type'> {
  ref: RefObject<HTMLInputElement | null>;
  /** What stands at its end. */
  children?: ReactNode;
}

/** Where somebody types what to search for, exactly as they type it; “/” goes there. */
export function SearchInput({ ref, className, children, ...input }: Props) {
  useShortcuts({ keys: { '/': () => ref.current?.focus() } });
  return (
    <div className="relative min-w-0 flex-1">
      <Search size={14} aria-hidden className="pointer-events-none absolute top-2.25 left-2.5 text-ink-3" />
      <input
        {...input}
        ref={ref}
        type="text"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        className={cx(FIELD_CLASS, 'pl-8', className)}
      />
      {children}
    </div>
  );
}
