'use client';

import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { cx } from './class-names';

interface Props {
  text: string;
  /** What is copied, for the accessible name: "Copy integrity hash". */
  label: string;
  words?: boolean;
  className?: string;
}

export function CopyButton({ text, label, words = false, className }: Props) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button
      type="button"
      onClick={(event) => {
        event.stopPropagation();
        void copy();
      }}
      aria-label={copied ? 'Copied' : label}
      title={label}
      className={cx(
        'no-print inline-flex items-center gap-1.5 rounded text-ink-3 hover:text-ink',
        words ? 'h-7 border border-rule px-2 text-xs text-ink-2 hover:bg-sunk' : 'p-0.5',
        className,
      )}
    >
      {copied ? <Check size={13} aria-hidden className="text-seal" /> : <Copy size={13} aria-hidden />}
      {words && <span>{copied ? 'Copied' : 'Copy'}</span>}
    </button>
  );
}
