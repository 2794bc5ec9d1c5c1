'use client';

import { useState } from 'react';
import { countInvisible, escapeInvisible, inertSegments } from '@/lib/schema/inert-segments';
import { cx } from './class-names';
import { CopyButton } from './copy-button';

interface Props {
  text: string;
  className?: string;
}

/** Logged text, drawn so that it can do nothing: no markup, no reordering of its surroundings, nothing unseen. */
export function InertText({ text, className }: Props) {
  return (
    <bdi className={cx('wrap-anywhere', className)}>
      {inertSegments(text).map((segment, index) =>
        segment.kind === 'text' ? (
          segment.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: segments of one immutable text
          <span key={index} className="marker" title={`${segment.count} × ${segment.name}`}>
            {segment.label}
          </span>
        ),
      )}
    </bdi>
  );
}

/** A longer logged text with its count of unseen characters and the switch between the drawn and the escaped form. */
export function InertBlock({ text, className }: Props) {
  const [escaped, setEscaped] = useState(false);
  const hidden = countInvisible(text);
  const exact = escapeInvisible(text);
  return (
    <div className={className}>
      <div className="whitespace-pre-wrap">{escaped ? <code className="mono wrap-anywhere">{exact}</code> : <InertText text={text} />}</div>
      <div className="no-print mt-1 flex items-center gap-3 font-sans text-xs text-ink-3">
        {hidden > 0 && <span className="text-amber">{hidden === 1 ? '1 invisible character' : `${hidden} invisible characters`}</span>}
        <button type="button" className="underline underline-offset-2 hover:text-ink" onClick={() => setEscaped(!escaped)}>
          {escaped ? 'Show as written' : 'Show escaped'}
        </button>
        <CopyButton text={exact} label="Copy escaped text" />
      </div>
    </div>
  );
}
