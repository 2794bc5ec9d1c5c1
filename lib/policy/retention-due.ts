import type { DueDto } from '@/lib/schema/destruction';
import type { CalendarDay } from './retention-calendar';
import { isDue } from './retention-decide';
import { type Marks, makeWeigher, type RetentionLine, sayRecords } from './retention-fold';
import type { Rules } from './retention-rules';
import { deciderOf } from './retention-weigh';

type Due = Pick<DueDto, 'today' | 'rows' | 'due' | 'held' | 'say'>;

/**
 * What is past its minimum, out of the sums, by the policy that decides and the month in which its minimum ended; the oldest first. Of archived
 * records so many are taken to be held as may be: what of them can go is told record by record when it is asked for.
 */
export function foldDue(lines: readonly RetentionLine[], rules: Rules, marks: Marks, today: CalendarDay): Due {
  const weigher = makeWeigher(rules, marks);
  const rows = new Map<string, DueDto['rows'][number]>();
  const due = { hot: 0, archived: 0 };
  let held = 0;
  for (const line of lines) {
    if (line.state === 'destroyed' || line.count === 0) continue;
    const weighed = weigher(line);
    if (weighed.keepUntil === null || !isDue(weighed.keepUntil, today, false)) continue;
    const policy = deciderOf(weighed) ?? '';
    const month = weighed.keepUntil.slice(0, 7);
    const name = `${month} ${policy}`;
    const row = rows.get(name) ?? {
      policy,
      title: rules.on.get(policy)?.policy.title ?? policy,
      month,
      until: lastDay(month, today),
      hot: 0,
      archived: 0,
      held: 0,
    };
    rows.set(name, row);
    if (line.marks.some((mark) => marks.holds.has(mark))) {
      row.held += line.count;
      held += line.count;
    } else {
      row[line.state] += line.count;
      due[line.state] += line.count;
    }
  }
  return {
    today,
    rows: [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
    due,
    held,
    say: sayDue(due, held),
  };
}

/** Of a month; of the one that goes on, yesterday: what ends later is not due. */
function lastDay(month: string, today: CalendarDay): CalendarDay {
  const [year, number] = month.split('-').map(Number);
  const last = new Date(Date.UTC(year!, number!, 0)).toISOString().slice(0, 10);
  const yesterday = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
  return last < yesterday ? last : yesterday;
}

function sayDue({ hot, archived }: Due['due'], held: number): string {
  const all = hot + archived;
  const kept = held === 0 ? '' : ` ${sayRecords(held)} more would be due and ${held === 1 ? 'is' : 'are'} under hold.`;
  if (all === 0) return `Nothing has reached the end of its minimum.${kept}`;
  return `${sayRecords(all)} ${all === 1 ? 'is' : 'are'} past the minimum${archived === 0 ? '' : `, ${archived.toLocaleString('en-US')} of them in the archive`}.${kept} Nothing goes by itself.`;
}
