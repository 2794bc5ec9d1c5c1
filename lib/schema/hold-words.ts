import type { HoldDto } from './holds';

/** What a hold is on: "Subject P-1017", "Days 2026-01-01 to 2026-03-31". Holds text that was recorded. */
export function holdScopeWords({ kind, value, type, from, to }: HoldDto['scope']): string {
  if (kind === 'time') return from === to ? `Day ${from}` : `Days ${from} to ${to}`;
  const name = kind.charAt(0).toUpperCase() + kind.slice(1);
  return type === undefined ? `${name} ${value}` : `${name} ${type} ${value}`;
}

export function holdStateWords({ released_at, release_asked }: HoldDto): string {
  if (released_at !== null) return 'Released';
  return release_asked === null ? 'Stands' : 'Stands; release asked for';
}
