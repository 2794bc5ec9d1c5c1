import { type BundleEntry, type BundleManifest, recordPath } from './bundle-format';
import type { BundleBreak, CheckList } from './bundle-verdict';

/** The conversation that an entry's body names, null where it names none; undefined where the body is not in the bundle. */
export type Owner = string | null | undefined;

/** Whether the records are those that the scope names, as far as the bundle can tell. @param owners one an entry */
export function checkScope(manifest: BundleManifest, entries: readonly BundleEntry[], owners: readonly Owner[], list: CheckList): void {
  const { scope } = manifest;
  if (entries.length === 0) {
    list.skip('scope', 'There is no record in it.');
    return;
  }
  if (scope.kind === 'filter') {
    list.skip(
      'scope',
      'Whether these are all the records that the filter finds cannot be told from the bundle; that each is in the ledger can.',
    );
    return;
  }
  if (scope.kind === 'range') {
    const said = `Every position from ${scope.from} to ${scope.to} is here.`;
    list.settle('scope', checkRange(scope, entries), said, 'The records are not those of the scope.');
    return;
  }
  const breaks = checkConversation(scope.conversation_id, entries, owners);
  const unknown = owners.filter((owner) => owner === undefined).length;
  const n = entries.length;
  if (breaks.length === 0 && unknown > 0) {
    // An entry says its number and not its conversation: entries of others would fill the places of what was taken out.
    list.withhold();
    list.skip(
      'scope',
      `${n - unknown} of ${n} records are of the conversation by their own words. ${unknown} are not in the bundle: archived, destroyed, or taken out. Whether their entries are of this conversation cannot be told, so that it is not shown to be whole.`,
    );
  } else
    list.settle(
      'scope',
      breaks,
      `${n} of ${n} records of the conversation, numbered without a gap from 1.`,
      'The records are not those of the scope.',
    );
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

function checkConversation(id: string, entries: readonly BundleEntry[], owners: readonly Owner[]): BundleBreak[] {
  const breaks: BundleBreak[] = [];
  for (const [i, { header }] of entries.entries()) {
    const at = { seq: String(header.seq), path: recordPath(header.seq) };
    if (header.conversationSeq !== BigInt(i + 1))
      breaks.push({ ...at, code: 'conversation_gap', expected: `number ${i + 1} of the conversation`, found: `${header.conversationSeq}` });
    const owner = owners[i];
    if (owner !== undefined && owner !== id)
      breaks.push({ ...at, code: 'scope_mismatch', expected: id, found: owner ?? 'no conversation' });
  }
  return breaks;
}
