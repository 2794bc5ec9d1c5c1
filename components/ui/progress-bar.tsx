import { cx } from './class-names';

interface Props {
  /** What goes on, for whoever does not see the bar. */
  label: string;
  /** From 0 to 1; null while it is not known. */
  part: number | null;
  tone?: 'seal' | 'broken';
  className?: string;
}

/** How far long work has come. */
export function ProgressBar({ label, part, tone = 'seal', className }: Props) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(part === null ? {} : { 'aria-valuenow': Math.floor(part * 100) })}
      className={cx('h-1.5 border border-rule', className)}
    >
      <div className={cx('h-full', tone === 'seal' ? 'bg-seal' : 'bg-broken')} style={{ width: `${(part ?? 0) * 100}%` }} />
    </div>
  );
}
