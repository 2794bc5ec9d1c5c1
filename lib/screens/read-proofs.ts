import 'server-only';
import { toHex } from '@/lib/chain/bytes';
import { env } from '@/lib/env';
import type { Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type {
  AlarmDto,
  AlarmKind,
  AnchorDto,
  AnchorKind,
  AnchorTargetDto,
  CheckpointDto,
  IncarnationDto,
  ProofLine,
  ProofSettingsDto,
  SignerKeyDto,
} from '@/lib/schema/proofs';
import { Prisma } from '@/prisma/generated/client';

export const CHECKPOINTS_PAGE = 50;
const ALARMS_SHOWN = 100;

interface CheckpointRow {
  number: bigint;
  incarnation: number;
  origin: string;
  size: bigint;
  root: Uint8Array;
  signed_at: Date;
  note: Uint8Array;
}

/** Newest first, at most {@link CHECKPOINTS_PAGE} of those below a number. */
export async function readCheckpoints(
  tx: Tx,
  ledgerId: number,
  before: bigint | null,
  quorum: number,
  limit = CHECKPOINTS_PAGE,
): Promise<CheckpointDto[]> {
  const rows = await tx.$queryRaw<CheckpointRow[]>`
    SELECT c.number, c.incarnation, i.origin, c.size, c.root, c.signed_at, c.note
      FROM checkpoints c JOIN incarnations i ON i.ledger_id = c.ledger_id AND i.number = c.incarnation
     WHERE c.ledger_id = ${ledgerId} ${before === null ? Prisma.empty : Prisma.sql`AND c.number < ${before}`} ORDER BY c.number DESC LIMIT ${limit}`;
  const anchors = await readAnchors(
    tx,
    ledgerId,
    rows.map((row) => row.number),
  );
  return rows.map((row) => {
    const own = anchors.get(row.number) ?? [];
    return {
      number: String(row.number),
      incarnation: row.incarnation,
      origin: row.origin,
      size: String(row.size),
      root: toHex(row.root),
      signed_at: row.signed_at.toISOString(),
      note: Buffer.from(row.note).toString('utf8'),
      anchors: own,
      witnessed: own.filter(({ kind }) => kind === 'witness').length >= quorum,
    };
  });
}

async function readAnchors(tx: Tx, ledgerId: number, numbers: bigint[]): Promise<Map<bigint, AnchorDto[]>> {
  const found = new Map<bigint, AnchorDto[]>();
  if (numbers.length === 0) return found;
  const rows = await tx.$queryRaw<{ checkpoint_number: bigint; kind: AnchorKind; target_name: string; anchored_at: Date }[]>`
    SELECT checkpoint_number, kind, target_name, anchored_at FROM anchors
     WHERE ledger_id = ${ledgerId} AND checkpoint_number = ANY (${numbers}::bigint[]) ORDER BY anchored_at`;
  for (const row of rows) {
    const anchor = { kind: row.kind, target: row.target_name, anchored_at: row.anchored_at.toISOString() };
    found.set(row.checkpoint_number, [...(found.get(row.checkpoint_number) ?? []), anchor]);
  }
  return found;
}

export async function readIncarnations(tx: Tx, ledgerId: number): Promise<IncarnationDto[]> {
  const rows = await tx.$queryRaw<{ number: number; origin: string; began_at: Date; size: bigint; previous_size: bigint | null }[]>`
    SELECT number, origin, began_at, size, previous_size FROM incarnations WHERE ledger_id = ${ledgerId} ORDER BY number DESC`;
  return rows.map((row) => ({
    ...row,
    began_at: row.began_at.toISOString(),
    size: String(row.size),
    previous_size: row.previous_size === null ? null : String(row.previous_size),
  }));
}

export async function readKeys(tx: Tx, ledgerId: number): Promise<SignerKeyDto[]> {
  const rows = await tx.$queryRaw<
    (Pick<SignerKeyDto, 'vkey' | 'kind' | 'incarnation'> & { from_size: bigint; to_size: bigint | null; introduced_at: Date })[]
  >`
    SELECT vkey, kind, incarnation, from_size, to_size, introduced_at FROM signer_keys WHERE ledger_id = ${ledgerId}
     ORDER BY incarnation DESC, from_size DESC, kind`;
  return rows.map((row) => ({
    ...row,
    from_size: String(row.from_size),
    to_size: row.to_size === null ? null : String(row.to_size),
    introduced_at: row.introduced_at.toISOString(),
  }));
}

interface SettingsRow extends Omit<ProofSettingsDto, 'verify_whole_at'> {
  verify_whole_at: string;
}

/** As they are, or as they are meant before anyone has changed them. */
export async function readProofSettings(tx: Tx, ledgerId: number): Promise<ProofSettingsDto> {
  const [row] = await tx.$queryRaw<SettingsRow[]>`
    SELECT tlog_public, witness_quorum, verify_every_minutes, to_char(verify_whole_at, 'HH24:MI') AS verify_whole_at, anchor_alarm_minutes, alarm_webhook, alarm_emails
      FROM proof_settings WHERE ledger_id = ${ledgerId}`;
  return row ?? DEFAULTS;
}

const DEFAULTS: ProofSettingsDto = {
  tlog_public: false,
  witness_quorum: 1,
  verify_every_minutes: 15,
  verify_whole_at: '02:00',
  anchor_alarm_minutes: 60,
  alarm_webhook: null,
  alarm_emails: [],
};

/** Where others' tools find checkpoint and tiles. */
export function tlogUrl(ledger: LedgerRow): string {
  return `${env().PUBLIC_URL}/api/tlog/${ledger.slug}/`;
}

interface TargetRow extends Omit<AnchorTargetDto, 'where' | 'last_attempt_at' | 'last_success_at' | 'created_at'> {
  config: Record<string, unknown>;
  last_attempt_at: Date | null;
  last_success_at: Date | null;
  created_at: Date;
}

export async function readTargets(tx: Tx, ledgerId: number): Promise<AnchorTargetDto[]> {
  const rows = await tx.$queryRaw<TargetRow[]>`
    SELECT id, kind, name, config, every_seconds, enabled, failures, last_error, last_attempt_at, last_success_at, created_at, created_by
      FROM anchor_targets WHERE ledger_id = ${ledgerId} AND removed_at IS NULL ORDER BY created_at`;
  return rows.map(({ config, ...row }) => ({
    ...row,
    where: whereOf(config),
    last_attempt_at: row.last_attempt_at?.toISOString() ?? null,
    last_success_at: row.last_success_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  }));
}

/** Members that name a place; nothing that could be a secret is among them. */
function whereOf(config: Record<string, unknown>): string {
  for (const name of ['url', 'bucket', 'to']) {
    const value = config[name];
    if (typeof value === 'string') return value;
    if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').join(', ');
  }
  return '';
}

interface AlarmRow extends Omit<AlarmDto, 'say' | 'raised_at' | 'last_seen_at' | 'ended_at' | 'told_at'> {
  detail: Record<string, unknown>;
  raised_at: Date;
  last_seen_at: Date;
  ended_at: Date | null;
  told_at: Date | null;
}
const ALARM = Prisma.sql`id, kind, detail, raised_at, last_seen_at, ended_at, ended_by, reason, told_at, last_error`;

/** Open ones, gravest first as the frame shows them; `ended` adds those that have ended, newest first. */
export async function readAlarms(tx: Tx, ledgerId: number, which: 'open' | 'ended'): Promise<AlarmDto[]> {
  const rows =
    which === 'open'
      ? await tx.$queryRaw<AlarmRow[]>`SELECT ${ALARM} FROM alarms WHERE ledger_id = ${ledgerId} AND ended_at IS NULL ORDER BY raised_at`
      : await tx.$queryRaw<AlarmRow[]>`
          SELECT ${ALARM} FROM alarms WHERE ledger_id = ${ledgerId} AND ended_at IS NOT NULL ORDER BY raised_at DESC LIMIT ${ALARMS_SHOWN}`;
  return rows.map(({ detail, ...row }) => ({
    ...row,
    kind: row.kind as AlarmKind,
    say: typeof detail.say === 'string' ? detail.say : '',
    raised_at: row.raised_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
    told_at: row.told_at?.toISOString() ?? null,
  }));
}

/** What every frame says of checkpoints and anchors: four reads by index. */
export async function readLine(tx: Tx, ledgerId: number): Promise<ProofLine> {
  const [checkpoint] = await tx.$queryRaw<{ number: bigint; size: bigint; signed_at: Date; incarnation: number }[]>`
    SELECT number, size, signed_at, incarnation FROM checkpoints WHERE ledger_id = ${ledgerId} ORDER BY number DESC LIMIT 1`;
  const [anchor] = await tx.$queryRaw<{ kind: AnchorKind; target_name: string; anchored_at: Date; size: bigint }[]>`
    SELECT a.kind, a.target_name, a.anchored_at, c.size FROM anchors a JOIN checkpoints c ON c.ledger_id = a.ledger_id AND c.number = a.checkpoint_number
     WHERE a.ledger_id = ${ledgerId} ORDER BY a.anchored_at DESC LIMIT 1`;
  const [{ configured }] = await tx.$queryRaw<[{ configured: boolean }]>`
    SELECT EXISTS (SELECT FROM anchor_targets WHERE ledger_id = ${ledgerId} AND enabled AND removed_at IS NULL) AS configured`;
  return {
    checkpoint: checkpoint
      ? { number: String(checkpoint.number), size: String(checkpoint.size), signed_at: checkpoint.signed_at.toISOString() }
      : null,
    anchor: anchor
      ? { kind: anchor.kind, target: anchor.target_name, anchored_at: anchor.anchored_at.toISOString(), size: String(anchor.size) }
      : null,
    configured,
    alarms: await readAlarms(tx, ledgerId, 'open'),
    incarnation: checkpoint?.incarnation ?? 1,
  };
}
