import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { markdownTable, type Row } from './tables';

/** A table of figures, what they are figures of, and what is to be said of them against their floors. */
export interface Section {
  title: string;
  about: string;
  head: Row;
  rows: Row[];
}

const INTRODUCTION = `# Benchmarks

Made by \`npm run bench\`. Load, product and database share the machine, with durable settings and data checksums as in service. Ratios of one run hold from machine to
machine; absolute rates do not. Each section says when, where and at which commit it was measured; a run of some sections replaces those alone.
`;

/**
 * Puts a section into docs/benchmarks.md as soon as it is measured: a run that is broken off loses what it had not measured yet, and nothing else. Text below
 * a section's table, up to the next heading, is a person's and stays.
 * @param order titles in the order of the page.
 */
export function keepSection(root: string, section: Section, order: readonly string[]): void {
  const file = path.join(root, 'docs/benchmarks.md');
  const sections = existsSync(file) ? split(readFileSync(file, 'utf8')) : new Map<string, string>();
  const said = sections.get(section.title)?.split('\n\n').filter(isRemark) ?? [];
  sections.set(section.title, [section.about, provenance(root), markdownTable(section.head, section.rows), ...said].join('\n\n'));
  const titles = [...order.filter((title) => sections.has(title)), ...[...sections.keys()].filter((title) => !order.includes(title))];
  writeFileSync(file, `${[INTRODUCTION.trimEnd(), ...titles.map((title) => `## ${title}\n\n${sections.get(title)}`)].join('\n\n')}\n`);
}

/** Paragraphs that a person wrote below a table begin with a bold word. */
function isRemark(paragraph: string): boolean {
  return paragraph.startsWith('**');
}

function split(text: string): Map<string, string> {
  const parts = text.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trim()]));
}

function provenance(root: string): string {
  const cpus = os.cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const model = cpus[0]?.model ? ` (${cpus[0].model.trim()})` : '';
  return `Measured on ${new Date().toISOString().slice(0, 10)} at ${commit}: Node ${process.versions.node}, PostgreSQL 17 (embedded), ${cpus.length} cores${model}, ${Math.round(os.totalmem() / 2 ** 30)} GiB.`;
}
