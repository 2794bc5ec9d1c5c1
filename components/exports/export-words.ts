import { countOf, formatCount } from '@/components/ui/format-count';
import type { EvidenceScope, ExportDto } from '@/lib/schema/proofs';

type Tone = 'verified' | 'attention' | 'pending' | 'waiting';

/** What a bundle is about, in words; may hold logged text. */
export function evidenceScopeWords(scope: EvidenceScope): string {
  switch (scope.kind) {
    case 'conversation':
      return `Conversation ${scope.conversation_id}`;
    case 'range':
      return scope.from === scope.to ? `Record #${formatCount(scope.from)}` : `#${formatCount(scope.from)} to #${formatCount(scope.to)}`;
    case 'filter':
      return filterWords(scope.query);
  }
}

function filterWords(query: string): string {
  const parts = [...new URLSearchParams(query)].map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`);
  return parts.length === 0 ? 'Every record' : `Records where ${parts.join(', ')}`;
}

/** An export in a sentence. */
export function exportWords(made: ExportDto): { tone: Tone; words: string } {
  switch (made.state) {
    case 'queued':
      return { tone: 'waiting', words: 'Waiting to start' };
    case 'running':
      return {
        tone: 'waiting',
        words:
          made.progress_total === null
            ? `${countOf(made.progress_done, 'record', 'records')} so far`
            : `${formatCount(made.progress_done)} of ${countOf(made.progress_total, 'record', 'records')}`,
      };
    case 'done':
      return {
        tone: 'verified',
        words: made.records === null ? 'Ready' : `Ready: ${countOf(made.records, 'record', 'records')}${partsWords(made)}`,
      };
    case 'cancelled':
      return { tone: 'pending', words: 'Cancelled' };
    case 'expired':
      return { tone: 'pending', words: 'No longer kept' };
    case 'shredded':
      return { tone: 'pending', words: 'Gone: words in it were shredded' };
    case 'failed':
      return { tone: 'attention', words: `Failed: ${made.error ?? 'no reason was kept'}` };
  }
}

/** How many parts of words are in it, and how many are not for want of the rest of their conversation. */
function partsWords({ content }: ExportDto): string {
  if (content === null || content.parts === null) return '';
  const left = content.left_out ?? 0;
  return `, ${countOf(content.parts, 'part', 'parts')} of words${left > 0 ? `; ${countOf(left, 'part', 'parts')} left out` : ''}`;
}

/**
 * Whether the file is given to this person: one with words only to whoever asked for it, while they may reveal any; another to everybody who may export.
 * The server decides again when it is fetched.
 */
export function isGivenTo(
  made: Pick<ExportDto, 'content' | 'requested_by'>,
  person: { name: string; email: string },
  reveals: boolean,
): boolean {
  return made.content === null || (reveals && made.requested_by === (person.email || person.name));
}

export function isExportOver(made: Pick<ExportDto, 'state'>): boolean {
  return made.state !== 'queued' && made.state !== 'running';
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** "812 bytes", "4.2 MB": thousands, as file managers have it. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0
    ? `${formatCount(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`
    : `${value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
