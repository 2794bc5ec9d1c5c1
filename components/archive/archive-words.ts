import { countOf, formatCount } from '@/components/ui/format-count';
import { formatTime } from '@/components/ui/format-time';
import type { ArchiveRunDto, SegmentDto } from '@/lib/schema/archive';

type Tone = 'verified' | 'attention' | 'pending' | 'waiting' | 'broken' | 'noted' | 'plain';
export interface Said {
  tone: Tone;
  words: string;
}

export function isRunOver({ state }: Pick<ArchiveRunDto, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** What a run was asked to do; may hold a person's own words. */
export function runWords({ kind, scope }: Pick<ArchiveRunDto, 'kind' | 'scope'>): string {
  const asked = (scope ?? {}) as Record<string, unknown>;
  if (kind === 'restore')
    return asked.from === asked.to
      ? `Restore of #${formatCount(String(asked.from))}`
      : `Restore of #${formatCount(String(asked.from))} to #${formatCount(String(asked.to))}`;
  return typeof asked.policy === 'string' ? `Archival under ${asked.policy}` : 'Archival of all that is due';
}

/** Why somebody had records put back. */
export function reasonOf({ scope }: Pick<ArchiveRunDto, 'scope'>): string | null {
  const { reason } = (scope ?? {}) as Record<string, unknown>;
  return typeof reason === 'string' ? reason : null;
}

/** Where a run has got, in a sentence. Of archival each record counts twice: once when its copy is confirmed, once when it has gone. */
export function runStateWords(run: ArchiveRunDto): Said {
  switch (run.state) {
    case 'queued':
      return { tone: 'waiting', words: 'Waiting to start' };
    case 'running':
      return { tone: 'waiting', words: goingWords(run) };
    case 'done':
      return { tone: 'verified', words: run.outcome ?? 'Done' };
    case 'cancelled':
      return { tone: 'pending', words: run.outcome ?? 'Cancelled; what was confirmed by then stands.' };
    case 'failed':
      return { tone: 'attention', words: run.outcome ?? 'Failed; no reason was kept' };
  }
}

function goingWords({ kind, records, pruned, progress }: ArchiveRunDto): string {
  if (kind === 'restore') return `${countOf(progress.done, 'record', 'records')} put back so far`;
  const about = progress.total === null || progress.total === 0 ? '' : ` of about ${formatCount(Math.ceil(progress.total / 2))}`;
  return `${formatCount(records)}${about} records copied and checked, ${formatCount(pruned)} taken out of the database`;
}

/** 0 to 1; null where it is not known how far there is to go. */
export function partDone({ progress }: Pick<ArchiveRunDto, 'progress'>): number | null {
  if (progress.total === null || progress.total === 0) return null;
  return Math.min(1, progress.done / progress.total);
}

/** Records a second, of a run that goes on. @param now milliseconds */
export function rateOf({ kind, progress, started_at: started }: ArchiveRunDto, now: number): number | null {
  if (started === null || progress.done === 0) return null;
  const seconds = (now - Date.parse(started)) / 1000;
  return seconds < 1 ? null : progress.done / (kind === 'archive' ? 2 : 1) / seconds;
}

const STATES: Record<SegmentDto['state'], Said> = {
  planned: { tone: 'waiting', words: 'Planned' },
  uploaded: { tone: 'waiting', words: 'Put, not checked yet' },
  confirmed: { tone: 'noted', words: 'Confirmed; records are here too' },
  pruned: { tone: 'verified', words: 'In the archive alone' },
  abandoned: { tone: 'pending', words: 'Given up before it was confirmed' },
};

/** What a list of states calls them. */
export const SEGMENT_STATE_WORDS: Record<SegmentDto['state'], string> = {
  planned: 'Planned',
  uploaded: 'Put, not checked yet',
  confirmed: 'Confirmed',
  pruned: 'In the archive alone',
  abandoned: 'Given up',
};

export function segmentWords(segment: Pick<SegmentDto, 'state' | 'rows' | 'pruned_rows' | 'removed_at'>): Said {
  const { state, rows, pruned_rows: gone } = segment;
  if (segment.removed_at !== null) return { tone: 'plain', words: 'Deleted: every record in it was destroyed' };
  if (state === 'confirmed' && gone > 0)
    return { tone: 'noted', words: `${formatCount(gone)} of ${countOf(rows, 'record is', 'records are')} in the archive alone` };
  return STATES[state];
}

/** What keeps an object from being deleted. Of a store without locks it is said that nothing does. @param zone IANA name */
export function lockWords(
  { lock_mode: mode, locked_until: until }: Pick<SegmentDto, 'lock_mode' | 'locked_until'>,
  zone: string,
): { mode: string; until: string | null } {
  if (mode === null) return { mode: 'Not known yet', until: null };
  if (mode === 'NONE') return { mode: 'No lock', until: null };
  return { mode: mode === 'COMPLIANCE' ? 'Compliance' : mode, until: until === null ? null : formatTime(until, zone, 'minute') };
}
