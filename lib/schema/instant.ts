/** The instant that a day or time which somebody typed stands for: a bare day is its midnight in UTC, a minute its first second. */
export function instantOf(value: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return `${value}T00:00:00Z`;
  return /^[^T]+T\d{2}:\d{2}Z$/.test(value) ? `${value.slice(0, -1)}:00Z` : value;
}
