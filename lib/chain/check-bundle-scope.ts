import { type BundleEntry, type BundleManifest, recordPath } from './bundle-format';
import type { BundleBreak, CheckList } from './bundle-verdict';
import { readJson } from './read-json';

/** Whether the records are those that the scope names, as far as the bundle can tell. */
export function checkScope(
  files: ReadonlyMap<string, Uint8Array>,
  manifest: BundleManifest,
  entries: readonly BundleEntry[],
  list: CheckList,
): void {
  const { scope } = manifest;
  if (scope.kind === 'filter') {
    list.skip(
      'scope',
      'Whether these are all the records that the filter finds cannot be told from the bundle; that each is in the ledger can.',
    );
    return;
  }
  const breaks = scope.kind === 'range' ? checkRange(scope, entries) : checkConversation(scope.conversation_id, files, entries);
  list.settle(
    'scope',
    breaks,
    scope.kind === 'range'
      ? `Every position from ${scope.from} to ${scope.to} is here.`
      : `${entries.length} of ${entries.length} records of the conversation, numbered without a gap from 1.`,
    'The records are not those of the scope.',
  );
  if (scope.kind === 'conversation')
    list.note(
      'Whether the conversation went on after the last record in this bundle: numbers show what is missing between records, not behind them.',
    );
}

function checkRange({ from, to }: { from: string; to: string }, entries: readonly BundleEntry[]): BundleBreak[] {
  const wanted = BigInt(to) - BigInt(from) + 1n;
  const dense = entries.every(({ header }, i) => header.seq === BigInt(from) + BigInt(i));
  if (dense && BigInt(entries.length) === wanted) return [];
  return [
    {
      seq: from,
      path: 'entries.jsonl',
      code: 'scope_mismatch',
      expected: `${wanted} positions from ${from} on`,
      found: `${entries.length}`,
    },
  ];
}

function checkConversation(id: string, files: ReadonlyMap<string, Uint8Array>, entries: readonly BundleEntry[]): BundleBreak[] {
  const breaks: BundleBreak[] = [];
  for (const [i, { header }] of entries.entries()) {
    const path = recordPath(header.seq);
    const at = { seq: String(header.seq), path };
    if (header.conversationSeq !== BigInt(i + 1))
      breaks.push({ ...at, code: 'conversation_gap', expected: `number ${i + 1} of the conversation`, found: `${header.conversationSeq}` });
    const body = files.get(path);
    const found = body === undefined ? id : conversationOf(body);
    if (found !== id) breaks.push({ ...at, code: 'scope_mismatch', expected: id, found: found ?? 'no conversation' });
  }
  return breaks;
}

function conversationOf(body: Uint8Array): string | null {
  try {
    const record = readJson(body);
    const id = record !== null && typeof record === 'object' && !Array.isArray(record) ? record.conversation_id : null;
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}
