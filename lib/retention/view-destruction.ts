import 'server-only';
import { auditedRead, grant } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { readCertificate } from '@/lib/chain/destruction-certificate';
import { prisma } from '@/lib/db';
import { decideDue } from '@/lib/ledger/decide-due';
import { readDestructionDetail, readDestructionPage } from '@/lib/ledger/read-destruction-detail';
import { findDestruction, readCertificateNote } from '@/lib/ledger/read-destructions';
import type { DestructionDetail, DestructionDto, DestructionPageDto, DueDto } from '@/lib/schema/destruction';
import { RefusalError } from '@/lib/schema/errors';
import { certificatePdf } from './certificate-pdf';

const SCREEN = '/api/v1/destructions';

/** Requests and what became of them, newest first. @throws RefusalError format at /before; and as auditedRead */
export async function viewDestructions(viewer: Viewer, asked: string | null, before: string | null): Promise<DestructionPageDto> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  if (before && !/^[1-9]\d{0,8}$/.test(before))
    throw new RefusalError('format', 'The cursor "before" is none that this list gave out.', '/before');
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, ({ ledger }) =>
    readDestructionPage(prisma(), ledger.id, before ? Number(before) : null, personOf(viewer)),
  );
}

/** What is past its minimum, by policy and month. @throws RefusalError as auditedRead */
export async function viewDue(viewer: Viewer, asked: string | null, now = Date.now()): Promise<DueDto> {
  const what = { action: 'screen_viewed' as const, screen: `${SCREEN}/due` };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, ({ ledger }) => decideDue(ledger, now));
}

/** One, with its objects and its certificate. While it goes on a page asks every second (lib/access-log/exemptions.ts). @throws RefusalError not_found, and as auditedRead */
export async function viewDestruction(viewer: Viewer, asked: string | null, name: string): Promise<DestructionDetail> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/{id}`;
  const { ledger } = await grant(viewer, slug, 'retention.read', screen);
  const { id, state } = known(await findDestruction(prisma(), ledger.id, name, personOf(viewer)));
  const read = async () => known(await readDestructionDetail(prisma(), ledger.id, id, personOf(viewer)));
  if (state === 'approved' || state === 'running') return read();
  return auditedRead(viewer, slug, 'retention.read', { action: 'screen_viewed', screen, resource: { type: 'destruction', id } }, read);
}

export type CertificateFormat = 'json' | 'pdf' | 'note';

export interface CertificateFile {
  name: string;
  type: string;
  bytes: Buffer;
}

/**
 * The certificate as a file: the signed note itself, the same with its parts taken apart as JSON, or on paper. Whoever fetches it is entered.
 * @throws RefusalError not_found; conflict where nothing is certified yet; and as auditedRead
 */
export async function downloadCertificate(
  viewer: Viewer,
  asked: string | null,
  name: string,
  format: CertificateFormat,
): Promise<CertificateFile> {
  const slug = await chooseLedger(viewer, asked);
  const screen = `${SCREEN}/{id}/certificate.${format}`;
  const { ledger } = await grant(viewer, slug, 'retention.read', screen);
  const one = known(await findDestruction(prisma(), ledger.id, name, personOf(viewer)));
  const kept = await readCertificateNote(prisma(), one.id);
  if (kept === null) throw new RefusalError('conflict', 'Nothing of this destruction is certified yet.');
  const what = {
    action: 'export_downloaded' as const,
    screen,
    resource: { type: 'destruction', id: one.id },
    details: { certificate: one.number, version: kept.version, format, sha256: kept.sha256 },
  };
  return auditedRead(viewer, slug, 'retention.read', what, async () => {
    const certificate = readCertificate(kept.note);
    const stem = `holdfast-${ledger.slug}-destruction-${one.number}-v${kept.version}`;
    if (format === 'note') return { name: `${stem}.txt`, type: 'text/plain; charset=utf-8', bytes: kept.note };
    if (format === 'pdf')
      return {
        name: `${stem}.pdf`,
        type: 'application/pdf',
        bytes: await certificatePdf({ ledger, certificate, sha256: kept.sha256, zone: viewer.person.zone }),
      };
    const json = { format: 'holdfast/signed-certificate/v1', sha256: kept.sha256, note: kept.note.toString('utf8'), certificate };
    return { name: `${stem}.json`, type: 'application/json', bytes: Buffer.from(`${JSON.stringify(json, null, 2)}\n`) };
  });
}

const personOf = (viewer: Viewer) => (viewer.keyId === null ? viewer.person.id : null);

function known<T extends DestructionDto>(one: T | null): T {
  if (one === null) throw new RefusalError('not_found', 'There is no such destruction in this ledger.');
  return one;
}
