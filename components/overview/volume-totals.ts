import type { OverviewDto } from '@/lib/schema/screens';

type Volume = OverviewDto['volume'];

/** Records by action, most first; equal counts by name, so that two readers see the same order. */
export function totalsByAction(volume: Volume): { action: string; count: number }[] {
  const totals = new Map<string, number>();
  for (const { action, count } of volume) totals.set(action, (totals.get(action) ?? 0) + count);
  return [...totals].map(([action, count]) => ({ action, count })).sort((a, b) => b.count - a.count || a.action.localeCompare(b.action));
}

/** Records by day from the first day with any to the last; a day without records is a zero, not a gap in the axis. */
export function totalsByDay(volume: Volume): { day: string; count: number }[] {
  const totals = new Map<string, number>();
  for (const { day, count } of volume) totals.set(day, (totals.get(day) ?? 0) + count);
  const days = [...totals.keys()].sort();
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return [];
  const filled: { day: string; count: number }[] = [];
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    filled.push({ day, count: totals.get(day) ?? 0 });
  }
  return filled;
}
