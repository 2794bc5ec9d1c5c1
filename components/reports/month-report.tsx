'use client';

import { useState } from 'react';
import { useFrame, useMay } from '@/components/shell/frame-context';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { MonthFilter, type ReportKind } from '@/lib/schema/reports';
import { ReportDialog } from './report-dialog';

const KINDS = [
  { value: 'integrity_month', label: 'Integrity' },
  { value: 'retention_month', label: 'Retention' },
] as const;

const ABOUT: Record<(typeof KINDS)[number]['value'], string> = {
  integrity_month:
    'What was signed and anchored outside on each day, every verification run with every break that it found, alarms, and keys that came into use.',
  retention_month:
    'The policies in force and what falls under them, what is in conflict or unmapped, and every change of policies, hold, shredding and archive run of the month.',
};

/** The month before the one that it is, which is the last that has ended. @param now RFC 3339 */
export function lastMonth(now: string): string {
  const at = new Date(now);
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
}

/** A report for the file of an audit. */
export function MonthReport({ onClose }: { onClose: () => void }) {
  const { now } = useFrame();
  const mayRetention = useMay('retention.read');
  const [kind, setKind] = useState<ReportKind>('integrity_month');
  const [month, setMonth] = useState(lastMonth(now));
  const known = MonthFilter.safeParse({ month }).success;
  return (
    <ReportDialog
      title="Report of a month"
      asked={known ? { kind, query: `month=${month}`, columns: [] } : null}
      about={ABOUT[kind as keyof typeof ABOUT]}
      onClose={onClose}
    >
      <div className="flex flex-wrap gap-3">
        <Field label="About" className="w-44">
          <Select
            value={kind}
            onChange={(value) => setKind(value as ReportKind)}
            options={KINDS.filter(({ value }) => value !== 'retention_month' || mayRetention).map((option) => ({ ...option }))}
            aria-label="About"
          />
        </Field>
        <Field label="Month (UTC)" className="w-44" error={known ? null : 'Give a month as 2026-10.'}>
          <Input type="month" value={month} onValueChange={(value: string) => setMonth(value)} max={now.slice(0, 7)} />
        </Field>
      </div>
    </ReportDialog>
  );
}
