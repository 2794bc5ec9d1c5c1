import type { ReactNode } from 'react';
import { cx } from '@/components/ui/class-names';
import { ScrollRegion } from '@/components/ui/scroll-region';

interface Props {
  caption: string;
  head: string[];
  /** From which screen width a column is shown. */
  hideBelow?: (null | 'md' | 'lg')[];
  rows: { id: string; faded?: boolean; cells: ReactNode[] }[];
}

const HIDE = { md: 'max-md:hidden', lg: 'max-xl:hidden' };

/** A short list of settings: all of it at once, rows of one line. */
export function SettingsTable({ caption, head, hideBelow = [], rows }: Props) {
  const hidden = (index: number) => {
    const width = hideBelow[index];
    return width === null || width === undefined ? '' : HIDE[width];
  };
  return (
    <ScrollRegion label={caption}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-y border-rule text-left text-xs text-ink-2">
            {head.map((title, index) => (
              <th key={title} scope="col" className={cx('h-7 pr-4 font-medium last:pr-0 last:text-right', hidden(index))}>
                {title === '' ? <span className="sr-only">Actions</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={cx('border-b border-hairline', row.faded === true && 'text-ink-3')}>
              {row.cells.map((cell, index) => (
                <td
                  key={head[index]}
                  className={cx('h-8 py-1 pr-4 last:pr-0 last:text-right [&_bdi]:[overflow-wrap:break-word]', hidden(index))}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
