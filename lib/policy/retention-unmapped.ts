import type { RecordBody } from '@/lib/schema/screens';
import type { RegistryIndex } from './registry-match';

const CALLS: ReadonlySet<string> = new Set(['tool_invoked', 'data_accessed', 'data_modified']);
/** UTF-8 bytes of a name that is told apart; one that is longer can hardly be on a registry. */
const NAME_BYTES = 128;
const encoder = new TextEncoder();

/**
 * What of a record the registry did not know when it came in, as it marked it then (registry-apply.ts): `tool:x`, `data_source:x`. The function unmapped_of of migration
 * "retention" says the same of stored bytes, and a test holds the two together.
 */
export function unmappedOf(body: Pick<RecordBody, 'action' | 'details'>): string[] {
  const mark = body.details?.registry;
  if (!CALLS.has(body.action) || typeof mark !== 'object' || mark === null || Array.isArray(mark)) return [];
  const knows = (name: string) => Object.hasOwn(mark, name);
  const tool = named(body.details?.tool);
  const source = body.action === 'tool_invoked' ? null : named(body.details?.data_source);
  const labels: string[] = [];
  if (tool !== null && !knows('entry')) labels.push(`tool:${cut(tool)}`);
  if (source !== null && !knows(tool === null ? 'entry' : 'data_source')) labels.push(`data_source:${cut(source)}`);
  return labels.length === 0 && !knows('entry') ? ['tool:'] : labels;
}

function named(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function cut(name: string): string {
  return encoder.encode(name).length <= NAME_BYTES ? name : '';
}

/**
 * Until somebody maps it: what the registry in force knows by now is no longer unmapped, and its domains apply. The record itself stays as it came.
 */
export function mapNow(
  domains: readonly string[],
  unmapped: readonly string[],
  registry: RegistryIndex,
): { domains: string[]; unmapped: string[] } {
  const known = new Set(domains);
  const rest: string[] = [];
  for (const label of unmapped) {
    const at = label.indexOf(':');
    const [kind, name] = [label.slice(0, at), label.slice(at + 1)];
    const entry = (kind === 'tool' || kind === 'data_source') && name !== '' ? registry.find(kind, name) : null;
    if (entry === null) rest.push(label);
    else for (const domain of entry.domains) known.add(domain);
  }
  return { domains: [...known].sort(), unmapped: rest };
}
