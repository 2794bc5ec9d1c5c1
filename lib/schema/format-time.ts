/**
 * Absolute time as `2026-11-20 17:03:11 UTC`, or with the zone's offset at that moment: `2026-11-20 18:03:11 UTC+01:00`.
 * A name such as "CET" is not printed: it is ambiguous twice a year and unknown elsewhere.
 * @param iso RFC 3339
 * @param zone IANA name; an unknown one falls back to UTC
 */
export function formatTime(iso: string, zone: string, precision: 'minute' | 'second' | 'millisecond' = 'second'): string {
  const parts = timeParts(iso, zone);
  if (parts === null) return iso;
  const clock = precision === 'minute' ? parts.clock.slice(0, 5) : parts.clock;
  const fraction = precision === 'millisecond' ? fractionOf(iso) : '';
  return `${parts.day} ${clock}${fraction} ${parts.offset}`;
}

function fractionOf(iso: string): string {
  return /\.\d+/.exec(iso)?.[0] ?? '.000';
}

/** The parts of an absolute time in a zone, or null for a text that is no time. */
export function timeParts(iso: string, zone: string): { day: string; clock: string; offset: string } | null {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return null;
  const part = Object.fromEntries(
    formatter(zone)
      .formatToParts(at)
      .map((p) => [p.type, p.value]),
  );
  return {
    day: `${part.year}-${part.month}-${part.day}`,
    clock: `${part.hour}:${part.minute}:${part.second}`,
    offset: (part.timeZoneName ?? 'GMT').replace('GMT', 'UTC').replace(/^UTC[+-]00:00$/, 'UTC'),
  };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  };
  let made: Intl.DateTimeFormat;
  try {
    made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
  } catch {
    made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  }
  formatters.set(zone, made);
  return made;
}

const STEPS: [limit: number, seconds: number, one: string, many: string][] = [
  [60, 1, 'second', 'seconds'],
  [3600, 60, 'minute', 'minutes'],
  [86_400, 3600, 'hour', 'hours'],
  [86_400 * 45, 86_400, 'day', 'days'],
  [86_400 * 700, 86_400 * 30.44, 'month', 'months'],
  [Number.POSITIVE_INFINITY, 86_400 * 365.25, 'year', 'years'],
];

/** "2 minutes ago", "in 3 days", "just now": against a given now, so that server and browser write the same words. */
export function formatRelative(iso: string, now: string): string {
  const delta = (Date.parse(now) - Date.parse(iso)) / 1000;
  if (Number.isNaN(delta)) return '';
  const distance = Math.abs(delta);
  if (distance < 5) return 'just now';
  const step = STEPS.find(([limit]) => distance < limit) ?? STEPS[0]!;
  const amount = Math.max(1, Math.floor(distance / step[1]));
  const words = `${amount} ${amount === 1 ? step[2] : step[3]}`;
  return delta >= 0 ? `${words} ago` : `in ${words}`;
}

const SHORT: [limit: number, seconds: number, unit: string][] = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400 * 2, 3600, 'h'],
  [Number.POSITIVE_INFINITY, 86_400, 'd'],
];

/** "40 s ago", "3 min ago", "5 h ago", "12 d ago": where a line has little room. A moment after `now` is "just now". */
export function formatAge(iso: string, now: string): string {
  const delta = (Date.parse(now) - Date.parse(iso)) / 1000;
  if (Number.isNaN(delta)) return '';
  if (delta < 1) return 'just now';
  const step = SHORT.find(([limit]) => delta < limit) ?? SHORT[0]!;
  return `${Math.floor(delta / step[1])} ${step[2]} ago`;
}

/** "1 h 04 min", "3 min 20 s", "850 ms". @param ms milliseconds */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1000);
  if (s < 60) return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}
