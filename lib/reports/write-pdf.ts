import 'server-only';
import PDFDocument from 'pdfkit';
import { inertText, latinText } from '@/lib/schema/inert-text';
import { type Widths, wrapText } from './wrap-text';

export interface PdfHead {
  title: string;
  /** What stands under the title, one line each. */
  facts: readonly (readonly [name: string, value: string])[];
  /** What the report is, and what it proves. */
  statement: readonly string[];
  columns: readonly { label: string; width: number }[];
  /** In the foot of every page: the root or why there is none, and filters and zone. */
  foot: readonly [first: string, second: string];
  /** Stands in the file as its time; the clock is not asked, so that the same report is the same file. */
  at: Date;
}

const SIDE = 40;
const TOP = 40;
const FOOT = 34;
const LINE = 11;
const GAP = 6;
/** Lines of a cell, at most: nobody reads more of one in print, and a row stays on one page. */
const MOST_LINES = 12;
/** Characters of a cell that are looked at for these. */
const MOST_OF_CELL = 2_000;
const INK_2 = '#5d574d';
const RULE = '#bbb4a5';
/** What a PDF object of pdfkit is to us; its types leave it out. */
interface Page {
  dictionary: { data: object };
  xobjects: Record<string, unknown>;
}
interface Reference {
  end(content?: string): void;
}

/**
 * A table on paper: A4 across, nothing below 9 pt, its root, filters, zone, page and count in the foot of every page. It is given out as it is made; of a page that is
 * written nothing is kept but its place in the file.
 */
export class PdfReport {
  /** Cells that had no room and end in … */
  cuts = 0;
  readonly #pdf: PDFKit.PDFDocument;
  readonly #head: PdfHead;
  readonly #columns: { label: string; x: number; width: number }[];
  readonly #widths: Widths;
  /** Drawn on every page and written last: how many pages and rows there are is known then. */
  readonly #totals: Reference;
  #chunks: Buffer[] = [];
  #pages = 0;
  #bottom = 0;
  #y = 0;
  #done: Promise<void>;

  constructor(head: PdfHead) {
    this.#head = head;
    this.#pdf = new PDFDocument({
      size: 'A4',
      layout: 'landscape',
      margin: 0,
      autoFirstPage: false,
      compress: true,
      info: { Title: plain(head.title), Producer: 'Holdfast', Creator: 'Holdfast', CreationDate: head.at, ModDate: head.at },
    });
    const pdf = this.#pdf;
    this.#done = new Promise((resolve, reject) => {
      pdf.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
      pdf.on('end', resolve);
      pdf.on('error', reject);
    });
    this.#widths = widthsOf(pdf, 'Helvetica', 9);
    const font = (pdf as unknown as { _font: { ref(): unknown } })._font.ref();
    this.#totals = pdf.ref({
      Type: 'XObject',
      Subtype: 'Form',
      BBox: [0, -4, 200, 12],
      Resources: { Font: { F: font } },
    }) as unknown as Reference;
    this.#columns = place(head.columns, 842 - 2 * SIDE);
    this.#addPage();
    this.#writeHead();
    this.#writeColumns();
  }

  /** @param cells null where there is nothing */
  row(cells: readonly (string | null)[]): void {
    const pdf = this.#pdf;
    let most = 1;
    const wrapped = this.#columns.map(({ width }, i) => {
      const cell = cells[i] ?? null;
      const { lines, cut } = wrapText(plain(cell === null ? '–' : cell.slice(0, MOST_OF_CELL)), width, this.#widths, MOST_LINES);
      if (cut || (cell !== null && cell.length > MOST_OF_CELL)) this.cuts += 1;
      most = Math.max(most, lines.length);
      return lines;
    });
    const height = most * LINE + 4;
    if (this.#y + height > this.#bottom) {
      this.#addPage();
      this.#writeColumns();
    }
    pdf.font('Helvetica').fontSize(9).fillColor('black');
    wrapped.forEach((lines, i) => {
      const { x } = this.#columns[i]!;
      lines.forEach((line, n) => {
        if (line !== '') pdf.text(line, x, this.#y + n * LINE, { lineBreak: false });
      });
    });
    this.#y += height;
    pdf
      .moveTo(SIDE, this.#y - 3)
      .lineTo(pdf.page.width - SIDE, this.#y - 3)
      .lineWidth(0.25)
      .strokeColor(RULE)
      .stroke();
  }

  /** What was made since it was last asked. */
  take(): Buffer {
    const taken = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return taken;
  }

  /** Ends the table and the file; {@link take} has the rest then. @param count "12,480 records" */
  async end(count: string, closing: readonly string[]): Promise<void> {
    for (const text of closing) this.#paragraph(text, 'Helvetica', 9);
    this.#flushed();
    this.#totals.end(
      `BT /F 9 Tf 0.365 0.341 0.302 rg 0 0 Td (of ${this.#pages.toLocaleString('en')} \xb7 ${count.replace(/[()\\]/g, '')}) Tj ET`,
    );
    this.#pdf.end();
    await this.#done;
  }

  #addPage(): void {
    const pdf = this.#pdf;
    this.#flushed();
    pdf.addPage();
    this.#pages += 1;
    this.#y = TOP;
    this.#bottom = pdf.page.height - SIDE - FOOT;
    const { width, height } = pdf.page;
    const y = height - SIDE - FOOT + 12;
    const [first, second] = this.#head.foot;
    const room = width - 2 * SIDE;
    pdf.fillColor(INK_2).font('Courier').fontSize(9).text(plain(first), SIDE, y, { lineBreak: false });
    pdf.font('Helvetica').fontSize(9);
    const { lines } = wrapText(plain(second), room - 220, this.#widths, 1);
    pdf.text(lines[0]!, SIDE, y + 13, { lineBreak: false });
    const number = `page ${this.#pages.toLocaleString('en')}`;
    const at = width - SIDE - 130;
    pdf.text(number, at - pdf.widthOfString(number) - 3, y + 13, { lineBreak: false });
    (pdf.page as unknown as Page).xobjects.Totals = this.#totals;
    // The page's own coordinates run down, a form's run up; 7.2 is the height of Helvetica's ascent at 9 pt, by which text() places its baseline.
    pdf.addContent(`q 1 0 0 -1 ${at} ${y + 13 + 6.6} cm /Totals Do Q`);
    pdf.fillColor('black');
  }

  /** A page that is written keeps its number in the file, and lets go of what it was made of. */
  #flushed(): void {
    const pdf = this.#pdf as PDFKit.PDFDocument & { page: PDFKit.PDFPage | null };
    if (this.#pages === 0) return;
    const { dictionary } = pdf.page as unknown as Page;
    pdf.flushPages();
    dictionary.data = EMPTY;
  }

  #writeHead(): void {
    const pdf = this.#pdf;
    this.#paragraph(this.#head.title, 'Times-Roman', 20);
    this.#y += 4;
    for (const [name, value] of this.#head.facts) {
      pdf.font('Helvetica-Bold').fontSize(9).text(plain(name), SIDE, this.#y, { lineBreak: false });
      this.#paragraph(value, 'Helvetica', 9, SIDE + 110, 40);
    }
    this.#y += 6;
    for (const text of this.#head.statement) this.#paragraph(text, 'Times-Italic', 10);
    this.#y += 6;
  }

  #paragraph(text: string, font: string, size: number, x = SIDE, most = 400): void {
    const pdf = this.#pdf;
    const widths = widthsOf(pdf, font, size);
    const { lines, cut } = wrapText(plain(text), pdf.page.width - SIDE - x, widths, most);
    if (cut) this.cuts += 1;
    for (const line of lines) {
      if (this.#y + size * 1.25 > this.#bottom) this.#addPage();
      pdf.font(font).fontSize(size).text(line, x, this.#y, { lineBreak: false });
      this.#y += size * 1.25;
    }
  }

  #writeColumns(): void {
    const pdf = this.#pdf;
    const rule = (y: number) =>
      pdf
        .moveTo(SIDE, y)
        .lineTo(pdf.page.width - SIDE, y)
        .lineWidth(0.75)
        .strokeColor('black')
        .stroke();
    if (this.#y + 3 * LINE > this.#bottom) this.#addPage();
    rule(this.#y);
    pdf.font('Helvetica-Bold').fontSize(9);
    const bold = widthsOf(pdf, 'Helvetica-Bold', 9);
    for (const { label, x, width } of this.#columns) {
      const { lines } = wrapText(plain(label), width, bold, 1);
      pdf.text(lines[0]!, x, this.#y + 3, { lineBreak: false });
    }
    this.#y += LINE + 4;
    rule(this.#y);
    this.#y += 4;
  }
}

const EMPTY = {};

/** Text that is inert, on one line, in what the standard fonts can draw. */
function plain(text: string): string {
  return latinText(inertText(text).replaceAll('\n', ' [new line] '));
}

function place(columns: PdfHead['columns'], room: number): { label: string; x: number; width: number }[] {
  const sum = columns.reduce((all, { width }) => all + width, 0);
  let x = SIDE;
  return columns.map(({ label, width }) => {
    const wide = (width / sum) * room;
    const placed = { label, x, width: wide - GAP };
    x += wide;
    return placed;
  });
}

/** Each character is measured once; pairs that are set closer make a line narrower, never wider. */
function widthsOf(pdf: PDFKit.PDFDocument, font: string, size: number): Widths {
  pdf.font(font).fontSize(size);
  const known = new Map<string, number>();
  return (character) => {
    const found = known.get(character);
    if (found !== undefined) return found;
    pdf.font(font).fontSize(size);
    const measured = pdf.widthOfString(character);
    known.set(character, measured);
    return measured;
  };
}
