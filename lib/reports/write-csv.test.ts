import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_MARK, csvLine, inertCell } from './write-csv';

/** RFC 4180 to the letter, and any separator. A quote opens a cell only where it is the cell's first character. */
function readCsv(text: string, separator = ','): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length; ) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; ; at += 1) {
        if (at >= text.length) {
          // With its own separator that never happens; with another, spreadsheets take what there is.
          if (separator === ',') throw new Error('a quote is not closed');
          break;
        }
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') {
          cell += '"';
          at += 1;
        } else break;
      }
      at += 1;
    }
    // What follows a closed quote belongs to the cell, as spreadsheets have it.
    while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') cell += text[at++];
    row.push(cell);
    if (text[at] === separator) {
      at += 1;
      continue;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    rows.push(row);
    row = [];
  }
  return rows;
}
const formula = /^["\s\p{Z}\p{Cf}]*[=+\-@＝＋－＠]/u;
/** Text in which whatever matters here is frequent. */
const hostile = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          '=',
          '+',
          '-',
          '@',
          '\t',
          '\r',
          '\n',
          ' ',
          '\u00a0',
          '"',
          "'",
          ',',
          ';',
          '|',
          '＝',
          '＠',
          '\u200b',
          '\u2028',
        ),
      },
      { weight: 2, arbitrary: fc.constantFrom('cmd', '1', 'HYPERLINK("x")', 'ä', '漢', '\u{1f600}') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const table = fc
  .integer({ min: 1, max: 6 })
  .chain((width) => fc.array(fc.array(hostile, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));

describe('a CSV file', () => {
  it('is read back cell by cell, whatever the cells hold', () => {
    fc.assert(
      fc.property(table, (rows) => {
        const read = readCsv(rows.map(csvLine).join(''));
        expect(read).toEqual(rows.map((row) => row.map(inertCell)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves harmless text as it is', () => {
    for (const text of [
      '',
      'c-1',
      'P-1017',
      'two words',
      'a, b',
      'she said "no"',
      '2026-11-20 17:03:11 UTC+01:00',
      'a = b',
      'x\ny',
      'ada@example.org',
      '–',
    ])
      expect(inertCell(text)).toBe(text);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abcXYZ019 ._:/,"@=-') }).filter((text) => !/^[\s"]*[@=-]/.test(text)),
        (text) => inertCell(text) === text,
      ),
    );
  });

  it('has no cell that a spreadsheet carries out, whether it reads with commas, semicolons, tabs or bars', () => {
    fc.assert(
      fc.property(table, fc.constantFrom(',', ';', '\t', '|'), (rows, separator) => {
        for (const cell of readCsv(rows.map(csvLine).join(''), separator).flat()) {
          // With another separator a cell can begin with the comma or the quote of ours, and then it is text.
          const own = cell.startsWith("'") || cell.startsWith(',');
          expect(own || !formula.test(cell), JSON.stringify(cell)).toBe(true);
        }
      }),
      { numRuns: 4_000 },
    );
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '\tx',
    '\rx',
    '\nx',
    ' =1',
    '\u00a0-2',
    '\u3000+3',
    '\u200b=4',
    '\ufeff=5',
    '＝1',
    '＠x',
    '"=1',
    '\n\n @x',
    '\u0000=1',
  ])('makes %j inert', (cell) => {
    const [[read]] = readCsv(csvLine([cell])) as [[string]];
    expect(read.startsWith("'")).toBe(true);
    // Apostrophes alone were added.
    expect(read.replaceAll("'", '')).toBe(cell);
  });

  it('makes a formula inert that begins a cell only for a reader with other separators', () => {
    expect(inertCell("x;=cmd|' /C calc'!A0")).toBe("x;'=cmd|' /C calc'!A0");
    expect(inertCell('x\n=1')).toBe("x\n'=1");
    expect(inertCell('x\t @1')).toBe("x\t' @1");
    expect(inertCell(`x;${' '.repeat(500)}=1`)).toBe(`x;'${' '.repeat(500)}=1`);
  });

  it('takes no longer than its text is long', () => {
    expect(inertCell(`x${';\n\u00a0'.repeat(200_000)}a`)).toHaveLength(600_002);
    expect(inertCell(`${' '.repeat(1_000_000)}a=`)).toHaveLength(1_000_002);
  });

  it('begins with the mark by which spreadsheets know UTF-8', () => {
    expect(Buffer.from(CSV_MARK).toString('hex')).toBe('efbbbf');
  });
});
