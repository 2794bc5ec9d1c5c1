import 'server-only';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { keepDoing } from '@/lib/keep-doing';
import { log } from '@/lib/log';
import { postWebhook } from '@/lib/outbound/post-webhook';
import { sendMail } from '@/lib/outbound/send-mail';

const LOOK_EVERY_MS = 5_000;
const MOST_AT_ONCE = 16;
/** For so long nobody else takes an alarm that somebody has taken; no attempt lasts longer. */
const LEASE_S = 180;
const FIRST_WAIT_S = 15;
const LONGEST_WAIT_S = 3_600;
const LONGEST_ERROR = 500;

interface Owed {
  id: string;
  kind: string;
  detail: { say?: string };
  raised_at: Date;
  ended_at: Date | null;
  tell_failures: number;
  told_at: Date | null;
  last_error: string | null;
  slug: string;
  name: string;
  alarm_webhook: string | null;
  alarm_webhook_secret: string | null;
  alarm_emails: string[] | null;
}

/** Tells people of alarms, each once by every way that is set, again and again until it was taken. @returns how to stop */
export function tellAlarms(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  return keepDoing(
    async ({ again }) => {
      if ((await tellDue()) === MOST_AT_ONCE) again();
    },
    everyMs,
    (error) => log.warn({ err: error }, 'alarms could not be told; tried again later'),
  );
}

/**
 * Alarms that are due, all at once, so that a way that says nothing holds up no other. Their next time is set before they are told: two processes do not
 * tell one together, and one that dies leaves it to be told again. @returns how many were due
 */
export async function tellDue(): Promise<number> {
  const { rows } = await pool('verification').query<Owed>(
    `WITH taken AS (
       UPDATE alarms SET tell_at = clock_timestamp() + interval '${LEASE_S} s'
        WHERE id IN (SELECT id FROM alarms WHERE tell_at <= clock_timestamp() ORDER BY tell_at LIMIT ${MOST_AT_ONCE} FOR UPDATE SKIP LOCKED)
        RETURNING *
     )
     SELECT t.id, t.kind, t.detail, t.raised_at, t.ended_at, t.tell_failures, t.told_at, t.last_error, l.slug, l.name,
            s.alarm_webhook, s.alarm_webhook_secret, s.alarm_emails
       FROM taken t JOIN ledgers l ON l.id = t.ledger_id LEFT JOIN proof_settings s ON s.ledger_id = t.ledger_id`,
  );
  await Promise.all(rows.map(tell));
  return rows.length;
}

/** A way by which people are told; its word begins what is said of its failure. */
interface Way {
  word: 'Webhook' | 'Mail';
  go: () => Promise<unknown>;
}

/**
 * By every way that is set and has not taken it yet: where one has and another has not, `told_at` stands and `last_error` names the other. Where no way is
 * set the screens alone tell.
 */
async function tell(alarm: Owed): Promise<void> {
  const owed = waysOf(alarm).filter(({ word }) => alarm.told_at === null || alarm.last_error?.includes(`${word}: `));
  const outcomes = await Promise.allSettled(owed.map(({ go }) => go()));
  const failed = outcomes.flatMap((outcome, i) =>
    outcome.status === 'rejected' ? `${owed[i].word}: ${(outcome.reason as Error).message}` : [],
  );
  const told = alarm.told_at !== null || failed.length < owed.length;
  const wait = Math.min(FIRST_WAIT_S * 2 ** Math.min(alarm.tell_failures, 20), LONGEST_WAIT_S);
  if (failed.length > 0 && alarm.tell_failures === 0) log.warn({ alarm: alarm.id, failed }, 'an alarm could not be told; tried again');
  await pool('verification').query(
    `UPDATE alarms SET tell_at = CASE WHEN $2 THEN clock_timestamp() + $3 * interval '1 s' END, tell_failures = tell_failures + $4,
            told_at = CASE WHEN $5 THEN coalesce(told_at, clock_timestamp()) END, last_error = $6 WHERE id = $1`,
    [
      alarm.id,
      failed.length > 0,
      wait,
      failed.length > 0 ? 1 : 0,
      told,
      failed.length > 0 ? failed.join(' ').slice(0, LONGEST_ERROR) : null,
    ],
  );
}

function waysOf(alarm: Owed): Way[] {
  const { alarm_webhook: url, alarm_webhook_secret: secret, alarm_emails: to } = alarm;
  const say = alarm.detail.say ?? alarm.kind.replaceAll('_', ' ');
  const page = alarm.kind === 'break_glass' ? 'reviews' : alarm.kind === 'archive_hold' ? 'holds' : 'integrity';
  const address = `${env().PUBLIC_URL}/${page}?ledger=${encodeURIComponent(alarm.slug)}`;
  const [raised, ended] = [alarm.raised_at.toISOString(), alarm.ended_at?.toISOString() ?? null];
  const data = { id: alarm.id, ledger: alarm.slug, kind: alarm.kind, say, raised_at: raised, ended_at: ended, address };
  const ways: Way[] = [];
  if (url !== null && secret !== null) {
    const message = { id: `msg_${alarm.id}`, type: `alarm.${alarm.kind}`, at: alarm.raised_at, data };
    ways.push({ word: 'Webhook', go: () => postWebhook(url, secret, message, new Date()) });
  }
  if (to !== null && to.length > 0) {
    const lines = [
      say,
      '',
      `Ledger: ${alarm.name} (${alarm.slug})`,
      `Since: ${raised}`,
      ...(ended === null ? [] : [`Ended: ${ended}`]),
      address,
    ];
    const subject = `${alarm.name}: ${alarm.kind.replaceAll('_', ' ')}`;
    ways.push({ word: 'Mail', go: () => sendMail({ to, subject, text: `${lines.join('\n')}\n` }) });
  }
  return ways;
}
