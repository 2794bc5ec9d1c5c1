import 'server-only';
import { endAlarm, raiseAlarm } from '@/lib/alarms/raise-alarm';
import { pool } from '@/lib/db';

/** What is known of a ledger's anchors, ages in seconds. */
export interface AnchorFacts {
  /** Of its targets that are turned on, the one that is asked most often; null where there is none. */
  everySeconds: number | null;
  /** Since when there has been one that is turned on. */
  sinceSeconds: number;
  /** Of the newest anchor; null before the first. */
  ageSeconds: number | null;
  alarmMinutes: number;
  witnesses: number;
  quorum: number;
  /** Of the newest checkpoint that as many witnesses have cosigned as the policy asks for; null before the first. */
  witnessedSeconds: number | null;
  /** Of its witnesses, the slowest that a quorum needs; null where there are fewer. */
  witnessEverySeconds: number | null;
}

/** An attempt may take as long. */
const ATTEMPT_S = 60;
/** The subject of the alarm about the quorum. */
const WITNESSES = 'witnesses';

/** Alarms where the newest anchor has grown old, or no checkpoint has been witnessed for as long. */
export async function watchAnchors(ledgerId: number): Promise<void> {
  const facts = await readFacts(ledgerId);
  await settle(ledgerId, '', sayOld(facts));
  await settle(ledgerId, WITNESSES, sayUnwitnessed(facts));
}

async function settle(ledgerId: number, subject: string, say: string | null): Promise<void> {
  if (say === null) await endAlarm(ledgerId, 'anchor_old', subject);
  else await raiseAlarm(ledgerId, 'anchor_old', subject, { say });
}

/**
 * Why the newest anchor is too old, or null. Older than was set, and than the place that is asked most often can help: one mail a day is not late after
 * an hour.
 */
export function sayOld(facts: AnchorFacts): string | null {
  if (facts.everySeconds === null) return null;
  const limit = Math.max(facts.alarmMinutes * 60, facts.everySeconds + ATTEMPT_S);
  const age = Math.min(facts.ageSeconds ?? Number.POSITIVE_INFINITY, facts.sinceSeconds);
  if (age <= limit) return null;
  return facts.ageSeconds === null
    ? 'No checkpoint has ever reached a place outside, although places are set. Until one has, a rewrite by those who run this installation would not be seen.'
    : `The newest checkpoint that a place outside holds is ${words(facts.ageSeconds)} old. What came since then could be rewritten by those who run this installation without being seen.`;
}

export function sayUnwitnessed(facts: AnchorFacts): string | null {
  if (facts.witnesses === 0) return null;
  if (facts.witnesses < facts.quorum)
    return `${facts.quorum} witnesses must cosign a checkpoint, and ${facts.witnesses === 1 ? 'one is' : `${facts.witnesses} are`} turned on: no checkpoint can be witnessed.`;
  const limit = Math.max(facts.alarmMinutes * 60, (facts.witnessEverySeconds ?? 0) + ATTEMPT_S);
  const age = Math.min(facts.witnessedSeconds ?? Number.POSITIVE_INFINITY, facts.sinceSeconds);
  if (age <= limit) return null;
  return facts.witnessedSeconds === null
    ? `No checkpoint has been cosigned by ${facts.quorum} of the ${facts.witnesses} witnesses yet.`
    : `The newest checkpoint that ${facts.quorum} of the ${facts.witnesses} witnesses have cosigned is ${words(facts.witnessedSeconds)} old.`;
}

function words(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

async function readFacts(ledgerId: number): Promise<AnchorFacts> {
  const { rows } = await pool('verification').query<{
    every: number | null;
    since: number | null;
    age: number | null;
    minutes: number;
    witnesses: number;
    quorum: number;
    witnessed: number | null;
    witness_every: number | null;
  }>(
    `WITH on_now AS (SELECT * FROM anchor_targets WHERE ledger_id = $1 AND enabled AND removed_at IS NULL),
          setting AS (SELECT coalesce(max(witness_quorum), 1) AS quorum, coalesce(max(anchor_alarm_minutes), 60) AS minutes
                        FROM proof_settings WHERE ledger_id = $1),
          -- A witness counts once by the name in its cosignature ("— name base64"), however often it was added. As far back as an alarm could ask, and no further: the list of anchors is long.
          witnessed AS (SELECT max(anchored_at) AS at FROM anchors, setting
                         WHERE ledger_id = $1 AND kind = 'witness' AND anchored_at > clock_timestamp() - interval '8 days'
                         GROUP BY checkpoint_number, quorum HAVING count(DISTINCT split_part(encode(evidence, 'escape'), ' ', 2)) >= quorum ORDER BY checkpoint_number DESC LIMIT 1)
     SELECT (SELECT min(every_seconds) FROM on_now) AS every,
            (SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8 FROM on_now) AS since,
            (SELECT extract(epoch FROM clock_timestamp() - anchored_at)::float8 FROM anchors WHERE ledger_id = $1 ORDER BY anchored_at DESC LIMIT 1) AS age,
            minutes, quorum,
            (SELECT count(*)::int FROM on_now WHERE kind = 'witness') AS witnesses,
            (SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM witnessed) AS witnessed,
            (SELECT every_seconds FROM on_now WHERE kind = 'witness' ORDER BY every_seconds LIMIT 1 OFFSET quorum - 1) AS witness_every
       FROM setting`,
    [ledgerId],
  );
  const [row] = rows;
  return {
    everySeconds: row.every,
    sinceSeconds: row.since ?? 0,
    ageSeconds: row.age,
    alarmMinutes: row.minutes,
    witnesses: row.witnesses,
    quorum: row.quorum,
    witnessedSeconds: row.witnessed,
    witnessEverySeconds: row.witness_every,
  };
}
