'use client';

import { useState } from 'react';
import { readPosition } from '@/components/integrity/run-form';
import { Field, Input } from '@/components/ui/field';
import { countOf, formatCount } from '@/components/ui/format-count';
import type { EvidenceScope } from '@/lib/schema/proofs';
import { ExportDialog } from './export-dialog';

/** The range that two texts name; null where they name none. @param head position of the newest record */
export function readRange(from: string, to: string, head: string): Extract<EvidenceScope, { kind: 'range' }> | null {
  const first = readPosition(from);
  const last = readPosition(to);
  if (first === null || last === null || BigInt(first) > BigInt(last) || BigInt(last) > BigInt(head)) return null;
  return { kind: 'range', from: first, to: last };
}

/** Evidence of the records from one number to another. */
export function RangeExport({ head, onClose }: { head: string; onClose: () => void }) {
  const [from, setFrom] = useState('0');
  const [to, setTo] = useState(head);
  const scope = readRange(from, to, head);
  return (
    <ExportDialog
      scope={scope}
      count={scope === null ? undefined : countOf((BigInt(scope.to) - BigInt(scope.from) + 1n).toString(), 'record', 'records')}
      onClose={onClose}
    >
      <div className="flex flex-wrap gap-3">
        <Field label="From number" className="w-36">
          <Input value={from} onValueChange={(value: string) => setFrom(value)} inputMode="numeric" autoFocus />
        </Field>
        <Field label="To number" className="w-36">
          <Input value={to} onValueChange={(value: string) => setTo(value)} inputMode="numeric" />
        </Field>
      </div>
      {scope === null && (
        <p role="alert" className="text-sm text-broken">
          Give two numbers up to #{formatCount(head)}, the smaller one first.
        </p>
      )}
    </ExportDialog>
  );
}
