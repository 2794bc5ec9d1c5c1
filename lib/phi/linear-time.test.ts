import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, expect, it, vi } from 'vitest';
import { BAITS } from './corpus/baits';
import { detectPhi } from './detect-phi';

afterEach(() => vi.restoreAllMocks());

/** What is done to strings, in units looked at: calls of patterns, lengths of slices, distances of searches. No clock. */
function workOn(text: string): number {
  let work = 0;
  const { exec, test } = RegExp.prototype;
  const { slice, indexOf, lastIndexOf } = String.prototype;
  vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, subject) {
    work += 1;
    return exec.call(this, subject);
  });
  vi.spyOn(RegExp.prototype, 'test').mockImplementation(function (this: RegExp, subject) {
    work += 1;
    return test.call(this, subject);
  });
  vi.spyOn(String.prototype, 'slice').mockImplementation(function (this: string, from, to) {
    const piece = slice.call(this, from, to);
    work += piece.length;
    return piece;
  });
  vi.spyOn(String.prototype, 'indexOf').mockImplementation(function (this: string, sought, from = 0) {
    const at = indexOf.call(this, sought, from);
    work += (at === -1 ? this.length : at) - Math.min(from, this.length);
    return at;
  });
  vi.spyOn(String.prototype, 'lastIndexOf').mockImplementation(function (this: string, sought, from = this.length) {
    const at = lastIndexOf.call(this, sought, from);
    work += from - at;
    return at;
  });
  detectPhi(text);
  vi.restoreAllMocks();
  return work;
}

it.each(Object.entries(BAITS))('the work on twice as much of it is twice as much: %s', (_name, bait) => {
  const of = (length: number) => workOn(bait(length).slice(0, length));
  expect(of(16_000)).toBeLessThan(2.2 * of(8_000) + 2_000);
});

/** A pattern that begins anywhere and takes any number is where quadratic time comes from; those that are anchored look at pieces of bounded length. */
it('no pattern that begins within a text repeats without a bound, and none repeats a repetition without one', () => {
  const folder = import.meta.dirname;
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(20);
  const faults: string[] = [];
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(path.join(folder, file), 'utf8'), ts.ScriptTarget.ES2022, true);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const pattern = node.text
          .slice(1, node.text.lastIndexOf('/'))
          .replace(/\\./g, 'x')
          .replace(/\[[^\]]*\]/g, 'x');
        const unbounded = /[*+]|\{\d+,\}/.test(pattern);
        const anchored = pattern.startsWith('^');
        const inSplit = ts.isCallExpression(node.parent) && node.parent.expression.getText(source).endsWith('.split');
        if ((unbounded && !anchored && !inSplit) || /[*+}]\)(?:[*+]|\{\d+,\})/.test(pattern)) faults.push(`${file}: ${node.text}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(faults).toEqual([]);
});
