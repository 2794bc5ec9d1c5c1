import { recordPath } from '@/lib/chain/bundle-format';
import { NoteError } from '@/lib/chain/note-error';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import type { BundleVerdict } from '@/lib/chain/verify-bundle';
import type { FileVerdict } from './file-verdict';
import { appendInert, el } from './inert-nodes';
import { recordDetails } from './show-record';
import { verifyFile } from './verify-file';

/** The page's behaviour: one file at a time, checked where it is dropped. */
const input = document.querySelector<HTMLInputElement>('#file')!;
const drop = document.querySelector<HTMLElement>('#drop')!;
const keys = document.querySelector<HTMLTextAreaElement>('#keys')!;
const progress = document.querySelector<HTMLElement>('#progress')!;
const result = document.querySelector<HTMLElement>('#result')!;

const WORDS = {
  valid: 'Valid: everything in this file that can be checked agrees, and a key that you gave signed it',
  consistent: 'Consistent: it agrees with itself; whose it is was not checked',
  tampered: 'Tampered: this file does not agree with itself',
  cannot_verify: 'Cannot be verified',
} as const;
/** What is left to do for whoever has no key yet. */
const NEXT =
  'Anyone can make a file that agrees with itself. Give the ledger’s keys, which you have from somewhere else than this file, in the field above, and choose the file again.';
const OUTCOMES = { passed: '✓ passed', failed: '✗ failed', not_checked: '– not checked' } as const;
/** Records drawn at a time: a page of ten thousand open elements would be slower than their verification. */
const SHOWN = 200;
let asked = 0;

input.addEventListener('change', () => input.files?.[0] && check(input.files[0]));
for (const name of ['dragenter', 'dragover'])
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
for (const name of ['dragleave', 'drop']) document.addEventListener(name, () => drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file !== undefined) check(file);
});

async function check(file: File): Promise<void> {
  const turn = ++asked;
  result.hidden = true;
  progress.textContent = `Reading ${file.name} …`;
  const began = performance.now();
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const trusted = keys.value.split(/\s+/).filter((line) => line !== '');
    for (const key of trusted) readKey(key);
    const { verdict, bundle, files } = await verifyFile(bytes, {
      trusted,
      pause: async (done, total) => {
        progress.textContent = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} records …`;
        await new Promise((resolve) => setTimeout(resolve));
      },
    });
    if (turn !== asked) return;
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    progress.textContent = `Checked in ${seconds} s.`;
    show(file.name, verdict, bundle, files);
  } catch (error) {
    progress.textContent = `The file could not be checked: ${error instanceof Error ? error.message : 'unknown fault'}`;
  }
  input.value = '';
}

/** A mistyped key must not look like a verdict over the file. */
function readKey(key: string): void {
  try {
    parseVerifierKey(key);
  } catch (error) {
    if (error instanceof NoteError) throw new Error(`one of the keys that you entered cannot be read (${error.message})`);
    throw error;
  }
}

function show(name: string, verdict: FileVerdict, bundle: BundleVerdict | null, files: ReadonlyMap<string, Uint8Array> | null): void {
  const heading = el('p', { class: `verdict ${verdict.verdict}` }, WORDS[verdict.verdict]);
  const file = el('p', { class: 'quiet' });
  appendInert(file, name);
  const checks = el('ul', { class: 'checks' });
  for (const { name: check, outcome, say } of verdict.checks) {
    const text = el('p');
    appendInert(text, say);
    checks.append(
      el('li', { class: outcome }, el('span', { class: 'mark' }, OUTCOMES[outcome]), el('span', { class: 'name' }, check), text),
    );
  }
  const not = el('ul', { class: 'plain' });
  for (const say of verdict.not_checked) {
    const item = el('li');
    appendInert(item, say);
    not.append(item);
  }
  result.replaceChildren(heading, file);
  if (verdict.verdict === 'consistent') result.append(el('p', { class: 'next' }, NEXT));
  result.append(checks);
  if (verdict.breaks.length > 0) result.append(...breaksTable(verdict));
  result.append(el('h2', {}, 'What was not checked'), not);
  if (bundle !== null && files !== null && bundle.entries.length > 0) result.append(...records(bundle, files, verdict));
  result.hidden = false;
  result.focus();
}

function breaksTable(verdict: FileVerdict): HTMLElement[] {
  const body = el('tbody');
  for (const one of verdict.breaks) {
    const cells = [one.seq === null ? '' : `#${one.seq}`, one.path, one.code, one.expected, one.found].map((text, i) => {
      const cell = el('td', i >= 3 ? { class: 'mono' } : {});
      appendInert(cell, text);
      return cell;
    });
    body.append(el('tr', {}, ...cells));
  }
  const head = el('tr', {}, ...['Position', 'File', 'Break', 'Expected', 'Found'].map((text) => el('th', { scope: 'col' }, text)));
  const more =
    verdict.breaks_total > verdict.breaks.length ? `The first ${verdict.breaks.length} of ${verdict.breaks_total} breaks` : 'Every break';
  return [el('h2', {}, more), el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, head), body))];
}

function records(bundle: BundleVerdict, files: ReadonlyMap<string, Uint8Array>, verdict: FileVerdict): HTMLElement[] {
  const list = el('div');
  const broken = new Set(verdict.breaks.map(({ seq }) => seq));
  let shown = 0;
  const more = el('button', { type: 'button' }, 'Show more');
  const draw = () => {
    for (const entry of bundle.entries.slice(shown, shown + SHOWN))
      list.append(recordDetails(entry, files.get(recordPath(entry.header.seq)), broken.has(String(entry.header.seq)), bundle.words));
    shown += SHOWN;
    more.hidden = shown >= bundle.entries.length;
  };
  more.addEventListener('click', draw);
  draw();
  return [el('h2', {}, `Records (${bundle.entries.length.toLocaleString('en')})`), list, more];
}
