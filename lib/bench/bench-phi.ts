import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BAITS } from '@/lib/phi/corpus/baits';
import { measureDetection, type Score } from '@/lib/phi/corpus/measure-detection';
import { readCorpus, readSentence } from '@/lib/phi/corpus/read-corpus';
import { detectPhi } from '@/lib/phi/detect-phi';
import { fixed, markdownTable, median, plainTable, type Row } from './tables';

const BAIT_LENGTH = 100_000;
const MARKS = ['<!-- figures: made by npm run bench:phi -->', '<!-- end of figures -->'] as const;
const HEAD = ['type', 'labels', 'recall', 'precision', 'held out: labels', 'recall', 'precision'];

/**
 * `npm run bench:phi`: precision and recall by type over the labelled corpus, and how long 100 KB of each bait take; kept in docs/detection.md. Options:
 * --misses (what was missed and what was wrong, of those sentences that were not held out), --corpus FILE (sentences of your own, one a line, marked
 * `Call ⟦phone|212-555-0147⟧`; writes nothing).
 */
function main(): void {
  const args = process.argv.slice(2);
  const own = args.includes('--corpus') ? args[args.indexOf('--corpus') + 1] : undefined;
  const sentences =
    own === undefined
      ? readCorpus()
      : readFileSync(own, 'utf8')
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => ({ domain: own, ...readSentence(line), heldOut: false }));
  const seen = measureDetection(
    sentences.filter(({ heldOut }) => !heldOut),
    detectPhi,
  );
  const held = measureDetection(
    sentences.filter(({ heldOut }) => heldOut),
    detectPhi,
  );
  const types = [...new Set([...seen.byType, ...held.byType].map(({ type }) => type))].sort();
  const rows = types.map((type) =>
    row(
      type,
      seen.byType.find((one) => one.type === type),
      held.byType.find((one) => one.type === type),
    ),
  );
  rows.push(row('all', seen.total, held.total));
  const covered = `Of the labelled characters ${share(seen.covered, 1)} are covered, of those held out ${share(held.covered, 1)}.`;
  print(`${sentences.length} sentences\n${plainTable(HEAD, rows)}\n${covered}\n`);
  if (args.includes('--misses'))
    for (const { kind, type, text, sentence, rule } of seen.misses)
      print(`${kind} ${type}${rule ? ` (${rule})` : ''} "${text}" in: ${sentence}`);
  if (own !== undefined) return;
  const times = baitTimes();
  const slowest = times.slice(0, 5);
  print(`100 KB of bait, ms\n${plainTable(['bait', 'ms'], slowest)}\n`);
  const short = shortTimes();
  print(`Short texts, µs\n${plainTable(['text', 'µs'], short)}`);
  keep(process.env.HOLDFAST_ROOT ?? process.cwd(), [
    `Measured on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}, ${os.cpus().length} cores (${os.cpus()[0]?.model.trim() ?? ''}), ${sentences.length} sentences.`,
    markdownTable(HEAD, rows),
    covered,
    `Of ${times.length} baits of 100 KB each, the slowest, in milliseconds (median of five runs):`,
    markdownTable(['bait', 'ms'], slowest),
    'Short texts, as most members of `details` are, in microseconds:',
    markdownTable(['text', 'µs'], short),
  ]);
}

function row(type: string, seen: Score | undefined, held: Score | undefined): Row {
  const cells = (score: Score | undefined): Row =>
    score === undefined ? ['0', '–', '–'] : [String(score.labels), share(score.found, score.labels), share(score.right, score.findings)];
  return [type, ...cells(seen), ...cells(held)];
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${fixed((100 * part) / whole, 1)} %`;
}

/** Slowest first. */
function baitTimes(): Row[] {
  const baits: [string, string][] = [
    ...Object.entries(BAITS).map(([name, bait]): [string, string] => [name, bait(BAIT_LENGTH).slice(0, BAIT_LENGTH)]),
    [
      'the corpus itself',
      fill(
        readCorpus()
          .map(({ text }) => text)
          .join('\n'),
      ),
    ],
  ];
  // Once for the compiler.
  for (const [, text] of baits) detectPhi(text);
  return baits
    .map(([name, text]): [string, number] => [name, median([1, 2, 3, 4, 5].map(() => timed(() => detectPhi(text))))])
    .sort((a, b) => b[1] - a[1])
    .map(([name, ms]) => [name, fixed(ms, 1)]);
}

function fill(text: string): string {
  return text.repeat(Math.ceil(BAIT_LENGTH / text.length)).slice(0, BAIT_LENGTH);
}

function shortTimes(): Row[] {
  const texts = ['read_chart', 'clinic-assistant', 'gpt-4', 'P-1017', '0198c3a4-12ab-7def-8123-9c0ffee01234', '2026-11-21T10:00:00Z'];
  return texts.map((text) => {
    const once = () => timed(() => repeat(20_000, () => detectPhi(text))) / 20;
    once();
    return [text, fixed(median([once(), once(), once()]), 2)];
  });
}

function repeat(times: number, work: () => void): void {
  for (let i = 0; i < times; i += 1) work();
}

/** Milliseconds. */
function timed(work: () => void): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

/** The page is a person's but for what stands between the marks. */
function keep(root: string, parts: string[]): void {
  const file = path.join(root, 'docs/detection.md');
  if (!existsSync(file)) return;
  const page = readFileSync(file, 'utf8');
  const [from, to] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  if (from === -1 || to === -1) throw new Error('docs/detection.md has lost the marks of its figures.');
  writeFileSync(file, `${page.slice(0, from + MARKS[0].length)}\n\n${parts.join('\n\n')}\n\n${page.slice(to)}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

main();
