import { generateKeyPairSync, hash, randomUUID, sign } from 'node:crypto';
import type pg from 'pg';
import { appendAccess } from '@/lib/access-log/append-access';
import { type DestructionCertificate, formatCertificate } from '@/lib/chain/destruction-certificate';
import { formatNote } from '@/lib/chain/signed-note';
import { ED25519, formatVerifierKey, makeVerifierKey } from '@/lib/chain/verifier-key';
import { digestEntries } from '@/lib/ledger/digest-entries';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { attack, type Subject } from './drill-world';

const SEQ = 200n;
const POSITIONS = `{[${SEQ},${SEQ + 1n})}`;
const AUTHORITY = 'Retention schedule 4.2';
const ASKED = 'ada@example.org';
const APPROVED = 'bob@example.org';

/** A body is deleted, and rows say that two people had it destroyed: nothing was asked for, nothing is signed. */
export async function forgeDestruction(subject: Subject): Promise<void> {
  await attack(subject, (c) => erase(c, subject, randomUUID(), null));
}

/** The same, with request, approval and certificate in the access ledger, as whoever owns the application could write them, and a certificate that names keys of the attacker's. */
export async function forgeCertificate(subject: Subject): Promise<void> {
  const id = randomUUID();
  const note = await makeCertificate(subject, id);
  const tell = (actor: string, action: 'destruction_requested' | 'destruction_approved' | 'destruction_certified', details: object) =>
    appendAccess({ id: actor, type: 'user' }, subject.ledger.slug, {
      action,
      screen: '/retention/destruction',
      resource: { type: 'destruction', id },
      details: { destruction: id, number: 1, ...details },
    });
  const positions = { positions_sha256: hash('sha256', POSITIONS), records: 1 };
  await tell(ASKED, 'destruction_requested', { ...positions, authority: AUTHORITY });
  await tell(APPROVED, 'destruction_approved', positions);
  await tell('holdfast', 'destruction_certified', { version: 1, sha256: hash('sha256', note, 'hex') });
  await attack(subject, (c) => erase(c, subject, id, note));
}

/** As if it had been carried out: no body, and rows that say why. */
async function erase(c: pg.Client, { ledger }: Subject, id: string, note: Buffer | null): Promise<void> {
  const { rows } = await c.query<{ id: string }>('INSERT INTO users (email, name) VALUES ($1, $3), ($2, $3) RETURNING id', [
    `${id}-1@example.org`,
    `${id}-2@example.org`,
    'Somebody',
  ]);
  await c.query(
    `INSERT INTO destructions (id, ledger_id, number, scope_kind, scope_value, scope_from, scope_to, state, authority, reason, records, positions_sha256, found, requested_by,
       requested_by_id, approved_by, approved_by_id, approved_at, approved_found, started_at, finished_at, destroyed)
     VALUES ($1, $2, 1, 'range', '', $3, $3, 'done', $4, 'Its time is over', 1, sha256($5), '{}', $6, $7, $8, $9, now(), '{}', now(), now(), 1)`,
    [id, ledger.id, String(SEQ), AUTHORITY, Buffer.from(POSITIONS), ASKED, rows[0]!.id, APPROVED, rows[1]!.id],
  );
  await c.query(
    'INSERT INTO destruction_items (destruction_id, ledger_id, block, seqs, destroyed) VALUES ($1, $2, 0, $3::int8multirange, $3::int8multirange)',
    [id, ledger.id, POSITIONS],
  );
  if (note !== null)
    await c.query(
      'INSERT INTO destruction_certificates (destruction_id, version, ledger_id, note, sha256, issued_at) VALUES ($1, 1, $2, $3, sha256($3), now())',
      [id, ledger.id, note],
    );
  await c.query('DELETE FROM records WHERE ledger_id = $1 AND seq = $2', [ledger.id, String(SEQ)]);
}

/** True in every member but its keys, and signed by these. */
async function makeCertificate({ ledger }: Subject, id: string): Promise<Buffer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Uint8Array.from(Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url'));
  const key = makeVerifierKey(ledger.origin, ED25519, raw);
  const { number, size, root } = (await newestCheckpoint(ledger.id))!;
  const now = new Date().toISOString();
  const positions = hash('sha256', POSITIONS);
  const certificate: DestructionCertificate = {
    checkpoint: { number: String(number), root, size: String(size) },
    approved: { at: now, by: APPROVED },
    authority: AUTHORITY,
    finished_at: now,
    hold_check: { holds: [], say: 'Asked in each transaction.' },
    id,
    issued_at: now,
    keys: [{ from_size: '0', incarnation: 1, introduced_at: now, kind: 'ed25519', to_size: null, vkey: formatVerifierKey(key) }],
    ledger: ledger.origin,
    left: { held: 0, not_due: 0, unsound: 0 },
    method: 'Deleted.',
    number: 1,
    objects: { count: 0, list: [], pending: 0 },
    policies_version: 1,
    previous: null,
    reason: 'Its time is over',
    records: {
      destroyed: 1,
      entries_sha256: await digestEntries(ledger.id, [{ from: SEQ, to: SEQ }]),
      first: String(SEQ),
      last: String(SEQ),
      positions_sha256: positions,
      ranges: [[String(SEQ), String(SEQ)]],
      requested: 1,
      requested_positions_sha256: positions,
    },
    requested: { at: now, by: ASKED },
    scope: { from: String(SEQ), kind: 'range', to: String(SEQ), until: null, value: '' },
    stays: 'Entries.',
    version: 1,
    words: { backups_until: now, key_ids: [], keys: 0, keys_sha256: hash('sha256', ''), parts: 0 },
  };
  const text = formatCertificate(certificate);
  const signature = Uint8Array.from(sign(null, Buffer.from(text), privateKey));
  return Buffer.from(formatNote(text, [{ name: key.name, keyId: key.keyId, signature }]));
}
