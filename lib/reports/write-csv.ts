/**
 * Comma-separated values as RFC 4180 has them: every cell in quotes, lines ended by CR LF, UTF-8 behind a byte order mark (without which spreadsheets read it in the
 * code page of their country).
 *
 * A spreadsheet carries out a cell that begins with a formula's character, also behind blanks, and a file that it reads with another separator than a comma has
 * other cells than were written. So an apostrophe stands before every text that could begin such a cell: it is shown and nothing is carried out. What the text was,
 * byte for byte, stands in the JSONL beside the CSV.
 * @see OWASP, CSV Injection
 */
export const CSV_MARK = '\ufeff';

/** The formula's characters, also as full-width forms, which spreadsheets of East Asia take for the same. */
const FORMULA = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20';
/** What spreadsheets pass over before a formula: blanks of every kind, what has no width, quotes. */
const BLANK = '[\\s\\p{Z}\\p{Cf}\\u0000"]';
const STARTS = new RegExp(`^[${FORMULA}]`, 'u');
const PASSED_OVER = new RegExp(`^${BLANK}`, 'u');
/** Where another reader may begin a cell or a line. */
const PARTS = new Set([';', '|', '\t', '\r', '\n', '\v', '\f', '\u0085', '\u2028', '\u2029']);
/** What spreadsheets act on or take away where a cell begins with it. */
const UNSAFE_FIRST = /^[\t\r\n\v\f]/;
/** Nearly every cell has none of them, and is written as it is. */
const ANY = new RegExp(`[${FORMULA}\\t\\r\\n\\v\\f]`, 'u');

/** A cell's text such that no spreadsheet carries it out, whatever separator it reads with. One that is harmless stays as it is. */
export function inertCell(text: string): string {
  if (!ANY.test(text)) return text;
  // From the end to the beginning: whether what follows, behind blanks, is a formula.
  const out: string[] = [];
  let formula = false;
  for (const character of [...text].reverse()) {
    if (formula && PARTS.has(character)) {
      out.push("'");
      formula = false;
    }
    out.push(character);
    if (STARTS.test(character)) formula = true;
    else if (!PASSED_OVER.test(character)) formula = false;
  }
  return (formula || UNSAFE_FIRST.test(text) ? "'" : '') + out.reverse().join('');
}

/** One line of the file, with its end. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${inertCell(cell).replaceAll('"', '""')}"`).join(',')}\r\n`;
}
