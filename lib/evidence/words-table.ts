import 'server-only';
import { utf8 } from '@/lib/chain/bytes';
import { inertText } from '@/lib/schema/inert-text';

/** Of all cells, in characters as they are written: above it cells are cut, and say so. */
const MOST_CHARACTERS = 48 * 1024 * 1024;

/** A formula to Excel, LibreOffice or Sheets, also behind blanks that they pass over; the wide forms are to some of them the same. */
const FORMULA = /^(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/u;

const BYTE_ORDER_MARK = '\ufeff';
const HEAD = ['position', 'record', 'part', 'place', 'characters', 'not here because', 'words'];

/** A cell that is text and nothing else to whatever opens the table: unseen characters spelled out, no formula, always quoted (RFC 4180). */
export function csvCell(text: string): string {
  const inert = inertText(text);
  return `"${(FORMULA.test(inert) ? `'${inert}` : inert).replaceAll('"', '""')}"`;
}

/** words.csv, a row a part. */
export class WordsTable {
  readonly #rows: Uint8Array[] = [utf8(`${BYTE_ORDER_MARK}${HEAD.map(csvCell).join(',')}\r\n`)];
  #left: number;

  constructor(most = MOST_CHARACTERS) {
    this.#left = most;
  }

  add(row: { seq: string; record: string; part: string; index: number; said: { text: string } | { absent: string } }): void {
    const said = 'text' in row.said ? row.said.text : '';
    const cell = csvCell(said);
    const fits = cell.length <= this.#left;
    if (fits) this.#left -= cell.length;
    const words = fits ? cell : csvCell('There is no room for these in this table; they are whole in content/.');
    const absent = 'absent' in row.said ? row.said.absent : '';
    const characters = 'text' in row.said ? String([...said].length) : '';
    const cells = [row.seq, row.record, row.part, String(row.index), characters, absent].map(csvCell);
    this.#rows.push(utf8(`${[...cells, words].join(',')}\r\n`));
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#rows);
  }
}
