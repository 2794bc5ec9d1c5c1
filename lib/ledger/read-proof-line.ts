import 'server-only';
import { pool } from '@/lib/db';
import { ALARM_KINDS, type AlarmDto, type AlarmKind, type AnchorKind, type ProofLine, type ProofSettingsDto } from '@/lib/schema/proofs';
import { BREAK_GLASS_REASONS } from '@/lib/schema/words';
import type { Db } from './read-tree';

/** Gravest first: what was found broken, what is not signed, what was restored, who opened words in an emergency; then what is merely late. */
const GRAVITY: AlarmKind[] = [
  'verification_failed',
  'signer_refused',
  'new_incarnation',
  'break_glass',
  'archive_hold',
  'verification_overdue',
  'anchor_old',
];

const ALARM_COLUMNS = 'id, kind, subject, detail, raised_at, last_seen_at, ended_at, ended_by, reason, told_at, last_error';

interface StoredAlarm {
  id: string;
  kind: AlarmKind;
  subject: string;
  detail: { say?: unknown; by?: unknown; reason?: unknown };
  raised_at: Date;
  last_seen_at: Date;
  ended_at: Date | null;
  ended_by: string | null;
  reason: string | null;
  told_at: Date | null;
  last_error: string | null;
}

/** How far a ledger is signed and anchored, and what is wrong with that; four reads by key. */
export async function readProofLine(ledgerId: number, db: Db = pool('screens')): Promise<ProofLine> {
  const [checkpoint, anchor, state, alarms] = await Promise.all([
    db.query<{ number: string; size: string; signed_at: Date }>(
      'SELECT number, size, signed_at FROM checkpoints WHERE ledger_id = $1 ORDER BY number DESC LIMIT 1',
      [ledgerId],
    ),
    db.query<{ kind: AnchorKind; target: string; anchored_at: Date; size: string }>(
      `SELECT a.kind, a.target_name AS target, a.anchored_at, c.size FROM anchors a
         JOIN checkpoints c ON c.ledger_id = a.ledger_id AND c.number = a.checkpoint_number
        WHERE a.ledger_id = $1 ORDER BY a.anchored_at DESC LIMIT 1`,
      [ledgerId],
    ),
    db.query<{ configured: boolean; incarnation: number }>(
      `SELECT EXISTS (SELECT FROM anchor_targets WHERE ledger_id = $1 AND removed_at IS NULL AND enabled) AS configured,
              coalesce((SELECT max(number) FROM incarnations WHERE ledger_id = $1), 1) AS incarnation`,
      [ledgerId],
    ),
    openAlarms(ledgerId, db),
  ]);
  const [signed] = checkpoint.rows;
  const [newest] = anchor.rows;
  return {
    checkpoint: signed === undefined ? null : { ...signed, signed_at: signed.signed_at.toISOString() },
    anchor: newest === undefined ? null : { ...newest, anchored_at: newest.anchored_at.toISOString() },
    configured: state.rows[0].configured,
    alarms,
    incarnation: state.rows[0].incarnation,
  };
}

/** Gravest first, of one kind the oldest first. */
export async function openAlarms(ledgerId: number, db: Db = pool('screens')): Promise<AlarmDto[]> {
  const { rows } = await db.query<StoredAlarm>(
    `SELECT ${ALARM_COLUMNS} FROM alarms
      WHERE ledger_id = $1 AND ended_at IS NULL ORDER BY raised_at LIMIT 100`,
    [ledgerId],
  );
  return rows.map(toAlarm).sort((a, b) => GRAVITY.indexOf(a.kind) - GRAVITY.indexOf(b.kind));
}

/** Open and ended, newest first, at most 50. */
export async function recentAlarms(ledgerId: number, db: Db = pool('screens')): Promise<AlarmDto[]> {
  const { rows } = await db.query<StoredAlarm>(
    `SELECT ${ALARM_COLUMNS} FROM alarms
      WHERE ledger_id = $1 ORDER BY raised_at DESC LIMIT 50`,
    [ledgerId],
  );
  return rows.map(toAlarm);
}

/** @param id a uuid. @returns null where this ledger has none of that id */
export async function findAlarm(ledgerId: number, id: string, db: Db = pool('screens')): Promise<AlarmDto | null> {
  const { rows } = await db.query<StoredAlarm>(`SELECT ${ALARM_COLUMNS} FROM alarms WHERE ledger_id = $1 AND id = $2`, [ledgerId, id]);
  return rows[0] === undefined ? null : toAlarm(rows[0]);
}

/** The defaults of the table where nobody has set anything. */
export async function readProofSettings(ledgerId: number, db: Db = pool('screens')): Promise<ProofSettingsDto> {
  const { rows } = await db.query<ProofSettingsDto>(
    `SELECT tlog_public, witness_quorum, verify_every_minutes, to_char(verify_whole_at, 'HH24:MI') AS verify_whole_at, anchor_alarm_minutes, alarm_webhook, alarm_emails
       FROM proof_settings WHERE ledger_id = $1`,
    [ledgerId],
  );
  return (
    rows[0] ?? {
      tlog_public: false,
      witness_quorum: 1,
      verify_every_minutes: 15,
      verify_whole_at: '02:00',
      anchor_alarm_minutes: 60,
      alarm_webhook: null,
      alarm_emails: [],
    }
  );
}

function toAlarm(row: StoredAlarm): AlarmDto {
  const say = typeof row.detail.say === 'string' ? row.detail.say : row.kind.replaceAll('_', ' ');
  const at = (time: Date | null) => time?.toISOString() ?? null;
  return {
    id: row.id,
    kind: ALARM_KINDS.includes(row.kind) ? row.kind : 'signer_refused',
    say,
    raised_at: row.raised_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    ended_at: at(row.ended_at),
    ended_by: row.ended_by,
    reason: row.reason,
    told_at: at(row.told_at),
    last_error: row.last_error,
    break_glass: row.kind === 'break_glass' ? emergencyOf(row) : null,
  };
}

function emergencyOf({ subject, detail: { by, reason } }: StoredAlarm): AlarmDto['break_glass'] {
  const known = BREAK_GLASS_REASONS.find((one) => one === reason) ?? 'other';
  return { id: subject, by: typeof by === 'string' ? by : '', reason: known };
}
