import 'server-only';
import PDFDocument from 'pdfkit';
import { latinText, oneLine } from '@/lib/schema/inert-text';
import { breathing } from './breathe';
import type { ReportRecord } from './report-record';
import { countWords, FOR_READING, type Report, scopeWords } from './report-words';
import { Room, type ShownRecord } from './show-record';

const MARGIN = 56;
const FOOT = 40;
const HANG = 18;

/** The report for paper: A4, nothing below 9 pt, root and scope on every page. @returns the same bytes for the same report */
export async function pdfReport(report: Report): Promise<Buffer> {
  const { ledger, scope, checkpoint, records } = report;
  // The time of signing, not the clock: the same evidence is the same file.
  const at = new Date(checkpoint.signed_at);
  const pdf = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN + FOOT },
    bufferPages: true,
    compress: true,
    info: { Title: latinText(oneLine(scopeWords(scope))), Producer: 'Holdfast', Creator: 'Holdfast', CreationDate: at, ModDate: at },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  pdf
    .font('Times-Roman')
    .fontSize(20)
    .text(latinText(oneLine(scopeWords(scope))));
  pdf.moveDown(0.5).fontSize(10);
  for (const [name, value] of [
    ['Ledger', `${ledger.name} (${ledger.origin})`],
    ['Records', countWords(records.length)],
    [
      'Checkpoint',
      `${checkpoint.size} entries, ${checkpoint.origin} (number ${checkpoint.number} by the ledger’s own count, which is not signed)`,
    ],
    ['Root', checkpoint.root],
    ['Signed', checkpoint.signed_at],
  ] as const)
    pdf
      .font('Times-Bold')
      .text(`${name}  `, { continued: true })
      .font('Times-Roman')
      .text(latinText(oneLine(value)));
  pdf.moveDown(0.5).font('Times-Italic').fontSize(10);
  pdf.text(`${FOR_READING} Characters outside Latin-1 are written as [U+…].`);
  const breathe = breathing();
  const room = new Room(records.length);
  for (const record of records) {
    writeRecord(pdf, record, room.show(record));
    await breathe();
  }
  await writeFeet(pdf, `Root ${checkpoint.root}`, latinText(oneLine(scopeWords(scope))), breathe);
  pdf.end();
  await done;
  return Buffer.concat(chunks);
}

function writeRecord(pdf: PDFKit.PDFDocument, record: ReportRecord, { action, time, members, details, more, words }: ShownRecord): void {
  const bottom = pdf.page.height - MARGIN - FOOT;
  if (pdf.y + 64 > bottom) pdf.addPage();
  pdf.moveDown(0.6);
  pdf
    .moveTo(MARGIN, pdf.y)
    .lineTo(pdf.page.width - MARGIN, pdf.y)
    .lineWidth(0.5)
    .strokeColor('#bbb4a5')
    .stroke();
  pdf.moveDown(0.3).fontSize(11).font('Times-Bold');
  pdf.text(latinText(`#${record.seq}  ${action || 'body not kept'}`), { continued: true });
  pdf
    .font('Times-Roman')
    .fontSize(10)
    .text(latinText(`   ${time}`));
  pdf.fontSize(10).text(latinText(members.map(([name, value]) => `${name} ${value}`).join(' · ')));
  pdf.font('Courier').fontSize(9);
  // What is broken over lines stands further in than what begins one.
  const width = pdf.page.width - 2 * MARGIN - HANG;
  for (const lines of details) pdf.text(latinText(lines.join('\n')), MARGIN + HANG, pdf.y, { indent: -HANG, width });
  pdf.x = MARGIN;
  if (more !== '') pdf.font('Times-Italic').fontSize(10).text(latinText(more));
  for (const { head, lines } of words) {
    pdf.moveDown(0.3).font('Times-Bold').fontSize(10).text(latinText(head));
    if (lines.length > 0) pdf.font('Times-Roman').text(latinText(lines.join('\n')));
  }
  pdf.font('Courier').fontSize(9).fillColor('#5d574d').text(`received ${record.receivedAt}`).text(record.integrityHash).fillColor('black');
}

async function writeFeet(pdf: PDFKit.PDFDocument, root: string, scope: string, breathe: () => Promise<void>): Promise<void> {
  const { start, count } = pdf.bufferedPageRange();
  for (let i = 0; i < count; i++) {
    pdf.switchToPage(start + i);
    // Below the margin, where text would otherwise begin another page.
    pdf.page.margins.bottom = 0;
    const y = pdf.page.height - MARGIN - FOOT + 14;
    const width = pdf.page.width - 2 * MARGIN;
    pdf.font('Courier').fontSize(9).fillColor('#5d574d').text(root, MARGIN, y, { width, lineBreak: false });
    pdf
      .font('Times-Roman')
      .fontSize(9)
      .text(cut(scope), MARGIN, y + 13, { width: width - 90, lineBreak: false });
    pdf.text(`page ${i + 1} of ${count}`, MARGIN, y + 13, { width, align: 'right', lineBreak: false });
    pdf.fillColor('black');
    await breathe();
  }
}

function cut(text: string): string {
  return text.length > 90 ? `${text.slice(0, 89)}…` : text;
}
