import 'server-only';
import PDFDocument from 'pdfkit';
import type { DestructionCertificate } from '@/lib/chain/destruction-certificate';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { sayScope } from '@/lib/policy/destruction-say';
import { formatTime } from '@/lib/schema/format-time';
import { inertText, latinText } from '@/lib/schema/inert-text';

const SIDE = 56;
const NAME = 128;
const INK_2 = '#5d574d';
const RULE = '#bbb4a5';
const many = (count: number, noun: string) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
/** The standard fonts have Latin letters alone, and what somebody typed is shown inert. */
const plain = (text: string) => latinText(inertText(text));

export interface CertificateOnPaper {
  ledger: Pick<LedgerRow, 'name' | 'origin'>;
  certificate: DestructionCertificate;
  /** Of the signed note that this is made from. */
  sha256: string;
  zone: string;
}

/**
 * A certificate on paper: A4, nothing below 9 pt, the digest of the signed note in the foot of every page. It shows what the note says and is none itself. The clock is
 * not asked, so that the same certificate is the same file.
 */
export async function certificatePdf({ ledger, certificate, sha256, zone }: CertificateOnPaper): Promise<Buffer> {
  const issued = new Date(certificate.issued_at);
  const title = `Certificate of destruction #${certificate.number}`;
  const pdf = new PDFDocument({
    size: 'A4',
    margins: { top: 56, left: SIDE, right: SIDE, bottom: 64 },
    bufferPages: true,
    info: { Title: plain(`${title}, ${ledger.name}`), Producer: 'Holdfast', Creator: 'Holdfast', CreationDate: issued, ModDate: issued },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  const width = pdf.page.width - 2 * SIDE;
  const at = (time: string) => formatTime(time, zone);

  pdf.font('Times-Roman').fontSize(22).fillColor('black').text(plain(title));
  pdf
    .font('Helvetica')
    .fontSize(10)
    .fillColor(INK_2)
    .text(plain(`${ledger.name} · ${ledger.origin}`));
  pdf.moveDown(0.8);

  const heading = (text: string) => {
    if (pdf.y > pdf.page.height - 140) pdf.addPage();
    pdf.moveDown(0.6);
    pdf.font('Helvetica-Bold').fontSize(10).fillColor('black').text(plain(text), SIDE, pdf.y, { width });
    pdf
      .moveTo(SIDE, pdf.y + 2)
      .lineTo(SIDE + width, pdf.y + 2)
      .lineWidth(0.5)
      .strokeColor(RULE)
      .stroke();
    pdf.y += 6;
  };
  const fact = (name: string, value: string, font = 'Helvetica') => {
    const text = plain(value);
    // A digest has 64 characters, which stand in one line.
    const size = font === 'Courier' ? 9 : 9.5;
    pdf.font(font).fontSize(size);
    const height = pdf.heightOfString(text, { width: width - NAME });
    if (pdf.y + Math.min(height, 200) > pdf.page.height - 72) pdf.addPage();
    const y = pdf.y;
    pdf
      .font('Helvetica')
      .fontSize(9.5)
      .fillColor(INK_2)
      .text(plain(name), SIDE, y, { width: NAME - 10 });
    const left = pdf.y;
    pdf
      .font(font)
      .fontSize(size)
      .fillColor('black')
      .text(text, SIDE + NAME, y, { width: width - NAME });
    pdf.y = Math.max(pdf.y, left) + 3;
  };

  const { records, words, objects, left, hold_check, scope } = certificate;
  heading('What was destroyed');
  fact('Scope', sayScope({ kind: scope.kind, value: scope.value, until: scope.until ?? '', from: scope.from ?? '', to: scope.to ?? '' }));
  fact('Records', `${records.destroyed.toLocaleString('en')} of ${records.requested.toLocaleString('en')} that were asked for`);
  fact('Positions', records.first === null ? 'none' : `${records.first} to ${records.last}`);
  if (records.ranges !== null && records.ranges.length > 1)
    fact(
      'In these ranges',
      records.ranges
        .slice(0, 60)
        .map(([from, to]) => (from === to ? from : `${from}–${to}`))
        .join(', ') + (records.ranges.length > 60 ? ', …' : ''),
    );
  fact('Digest of positions', records.positions_sha256, 'Courier');
  fact('Digest of entries', records.entries_sha256, 'Courier');
  fact('Left as they are', sayLeft(left, hold_check.holds));

  heading('By whom, and under which authority');
  fact('Authority', certificate.authority);
  fact('Reason', certificate.reason);
  fact('Asked for by', `${certificate.requested.by}, ${at(certificate.requested.at)}`);
  fact('Approved by', `${certificate.approved.by}, ${at(certificate.approved.at)}`);
  fact('Carried out', at(certificate.finished_at));
  fact('Policies', `version ${certificate.policies_version} of the ledger's retention policies`);
  fact('Holds', hold_check.say);

  heading('How');
  fact('Method', certificate.method);
  fact(
    'Sealed words',
    `${many(words.parts, 'part')} deleted, ${many(words.keys, 'data key')} destroyed; backups may hold wrapped keys until ${at(words.backups_until)}`,
  );
  if (words.key_ids.length > 0)
    fact('Key ids', words.key_ids.slice(0, 40).join(', ') + (words.keys > 40 ? `, … (${words.keys} in all)` : ''), 'Courier');
  fact('Digest of key ids', words.keys_sha256, 'Courier');

  heading('Archive objects');
  if (objects.count === 0) fact('Objects', 'None of these records was archived.');
  else
    fact(
      'Objects',
      objects.pending === 0
        ? `${objects.count}, all deleted`
        : `${objects.count}, of which ${objects.pending} still hold bodies; a later version of this certificate tells when they are gone`,
    );
  for (const one of objects.list.slice(0, 100))
    fact(`Segment ${one.segment}`, `${one.place}/${one.object}, version ${one.version_id ?? 'none'}: ${sayObject(one, at)}`);
  if (objects.count > 100) fact('', `${objects.count - 100} more are in the signed note.`);

  heading('What stays');
  fact('Stays', certificate.stays);

  heading('How this can be checked');
  fact('Signed note', `SHA-256 ${sha256}`, 'Courier');
  fact(
    'Keys',
    certificate.keys
      .filter(({ kind }) => kind === 'ed25519')
      .map(({ vkey }) => vkey)
      .join('\n'),
    'Courier',
  );
  fact(
    'Checkpoint',
    `${certificate.checkpoint.number}, ${certificate.checkpoint.size} entries, root ${certificate.checkpoint.root}`,
    'Courier',
  );
  fact(
    'By',
    'holdfast-verify over the signed note or the JSON file, with a key of the ledger that you have from elsewhere. The access ledger has an entry of the action destruction_certified with the digest above. This paper shows what the note says; it is not signed itself.',
  );

  const pages = pdf.bufferedPageRange().count;
  for (let page = 0; page < pages; page++) {
    pdf.switchToPage(page);
    pdf.page.margins.bottom = 0;
    pdf
      .font('Helvetica')
      .fontSize(9)
      .fillColor(INK_2)
      .text(plain(`SHA-256 of the signed note: ${sha256}`), SIDE, pdf.page.height - 48, { lineBreak: false })
      .text(
        plain(`Version ${certificate.version}, issued ${at(certificate.issued_at)} · times in ${zone} · page ${page + 1} of ${pages}`),
        SIDE,
        pdf.page.height - 36,
        {
          lineBreak: false,
        },
      );
  }
  pdf.end();
  await done;
  return Buffer.concat(chunks);
}

function sayLeft({ held, not_due, unsound }: DestructionCertificate['left'], holds: readonly number[]): string {
  const parts = [
    ...(held > 0 ? [`${held.toLocaleString('en')} under hold ${holds.map((number) => `#${number}`).join(', ')}`] : []),
    ...(not_due > 0 ? [`${not_due.toLocaleString('en')} not due any more`] : []),
    ...(unsound > 0 ? [`${unsound.toLocaleString('en')} whose bodies are not what their entries name`] : []),
  ];
  return parts.length === 0 ? 'none' : parts.join('; ');
}

type ObjectLine = DestructionCertificate['objects']['list'][number];

function sayObject(one: ObjectLine, at: (time: string) => string): string {
  switch (one.state) {
    case 'removed':
      return `this version was deleted ${at(one.removed_at!)}`;
    case 'locked':
      return `bodies stay in it until ${one.until === null ? 'its lock ends' : at(one.until)}: it is locked`;
    case 'shared':
      return `bodies of ${one.records.toLocaleString('en')} records stay in it: others in it are not destroyed`;
    case 'held':
      return 'bodies stay in it: a legal hold is on it';
    case 'unreachable':
      return 'bodies stay in it: the store did not answer';
  }
}
