import type { BundleEntry } from '@/lib/chain/bundle-format';
import type { BundleWords } from '@/lib/chain/bundle-words';
import { toHex } from '@/lib/chain/bytes';
import type { JsonValue } from '@/lib/chain/canonical-json';
import { readJson, STORED_LIMITS } from '@/lib/chain/read-json';
import { appendInert, el } from './inert-nodes';
import { sayWords } from './say-words';

/** A record as a line that opens: what it says, decoded from its exact bytes, and the header that seals it. */
export function recordDetails(entry: BundleEntry, body: Uint8Array | undefined, broken: boolean, words: BundleWords | null): HTMLElement {
  const record = body === undefined ? null : decode(body);
  const summary = el('summary');
  const action = el('span');
  appendInert(action, `${broken ? '✗ ' : ''}${textOf(record?.action) || (body === undefined ? 'not in this bundle' : 'cannot be read')}`);
  const time = el('time');
  appendInert(time, textOf(record?.timestamp));
  summary.append(el('span', {}, `#${entry.header.seq}`), time, action);
  const details = el('details', { class: 'record' }, summary);
  // Ten thousand records are drawn as lines; what is inside is made when somebody looks.
  const fill = () => {
    if (details.childElementCount > 1) return;
    const said = el('div');
    details.append(said, ...inside(entry, body, record));
    if (words !== null) void fillWords(said, words, entry.header.seq);
  };
  details.addEventListener('toggle', fill, { once: true });
  return details;
}

function inside(entry: BundleEntry, body: Uint8Array | undefined, record: Record<string, JsonValue> | null): HTMLElement[] {
  const text = el('pre');
  appendInert(
    text,
    record === null ? (body === undefined ? 'The body is not in this bundle.' : toHex(body)) : JSON.stringify(record, null, 2),
  );
  const header = el('pre');
  header.textContent = [
    // The line's id is in no hash: it is shown where the body, which is, says the same.
    ...(record?.id === entry.id ? [`id               ${entry.id}`] : []),
    `received         ${entry.header.receivedAtUs} µs`,
    `conversation_seq ${entry.header.conversationSeq}`,
    `body_hash        ${toHex(entry.header.bodyHash)}`,
    `previous_hash    ${toHex(entry.header.previousHash)}`,
    `integrity_hash   ${toHex(entry.integrityHash)}`,
  ].join('\n');
  return [text, header];
}

/** What was said, above what was recorded of it. Opened now, and never held elsewhere than on the page. */
async function fillWords(into: HTMLElement, words: BundleWords, seq: bigint): Promise<void> {
  for (const part of words.of(seq)) {
    const said = await sayWords(words, part);
    const head = el('p', { class: 'part' });
    appendInert(head, said.head);
    into.append(head);
    if (said.text === null) continue;
    const text = el('pre', { class: 'words' });
    appendInert(text, said.text);
    into.append(text);
  }
}

function decode(body: Uint8Array): Record<string, JsonValue> | null {
  try {
    const value = readJson(body, STORED_LIMITS);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
