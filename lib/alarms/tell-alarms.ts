import 'server-only';
import { pool } from '@/lib/db';
import { env } from '@/lib/env';
import { log } from '@/lib/log';
import { postWebhook } from '@/lib/outbound/post-webhook';
import { sendMail } from '@/lib/outbound/send-mail';

const LOOK_EVERY_MS = 5_000;
const FIRST_WAIT_S = 30;
const LONGEST_WAIT_S = 3_600;

interface Owed {
  id: string;
  kind: string;
  detail: { say?: string };
  raised_at: Date;
  ended_at: Date | null;
  tell_failures: number;
  slug: string;
  name: string;
  alarm_webhook: string | null;
  alarm_webhook_secret: string | null;
  alarm_emails: string[] | null;
}

/** Tells people of alarms, each once for every way that is set, again and again until it was taken. @returns how to stop */
export function tellAlarms(everyMs = LOOK_EVERY_MS): () => Promise<void> {
  let stopped = false;
  let wake = () => {};
  const telling = (async () => {
    while (!stopped) {
      try {
        while (!stopped && (await tellNext()));
      } catch (error) {
        log.warn({ err: error }, 'alarms could not be told; tried again later');
      }
      if (stopped) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, everyMs).unref();
      });
    }
  })();
  return () => {
    stopped = true;
    wake();
    return telling;
  };
}

/** One alarm that is due. Its next time is set before it is told: two processes do not tell it together, and one that dies leaves it to be told again. */
export async function tellNext(): Promise<boolean> {
  const db = pool('verification');
  const { rows } = await db.query<Owed>(
    `WITH due AS (
       SELECT id FROM alarms WHERE tell_at <= clock_timestamp() ORDER BY tell_at LIMIT 1 FOR UPDATE SKIP LOCKED
     ), taken AS (
       UPDATE alarms a SET tell_at = clock_timestamp() + least(${FIRST_WAIT_S} * power(2, a.tell_failures), ${LONGEST_WAIT_S}) * interval '1 s'
         FROM due WHERE a.id = due.id RETURNING a.*
     )
     SELECT t.id, t.kind, t.detail, t.raised_at, t.ended_at, t.tell_failures, l.slug, l.name, s.alarm_webhook, s.alarm_webhook_secret, s.alarm_emails
       FROM taken t JOIN ledgers l ON l.id = t.ledger_id LEFT JOIN proof_settings s ON s.ledger_id = t.ledger_id`,
  );
  const [alarm] = rows;
  if (alarm === undefined) return false;
  try {
    const told = await tell(alarm);
    await db.query('UPDATE alarms SET tell_at = NULL, told_at = CASE WHEN $2 THEN clock_timestamp() END, last_error = NULL WHERE id = $1', [
      alarm.id,
      told,
    ]);
  } catch (error) {
    log.warn({ err: error, alarm: alarm.id }, 'an alarm could not be told; tried again later');
    await db.query('UPDATE alarms SET tell_failures = tell_failures + 1, last_error = $2 WHERE id = $1', [
      alarm.id,
      (error as Error).message.slice(0, 500),
    ]);
  }
  return true;
}

/**
 * By every way that is set. Ways that took it already may be told twice: the id is the same.
 * @returns false where there is none: then the screen alone tells.
 */
async function tell(alarm: Owed): Promise<boolean> {
  const say = alarm.detail.say ?? alarm.kind;
  const address = `${env().PUBLIC_URL}/integrity?ledger=${encodeURIComponent(alarm.slug)}`;
  const data = { id: alarm.id, ledger: alarm.slug, kind: alarm.kind, say, raised_at: alarm.raised_at.toISOString(), address };
  const webhook = alarm.alarm_webhook !== null && alarm.alarm_webhook_secret !== null;
  const mail = alarm.alarm_emails !== null && alarm.alarm_emails.length > 0;
  if (alarm.alarm_webhook !== null && alarm.alarm_webhook_secret !== null)
    await postWebhook(
      alarm.alarm_webhook,
      alarm.alarm_webhook_secret,
      { id: `msg_${alarm.id}`, type: `alarm.${alarm.kind}`, at: alarm.raised_at, data },
      new Date(),
    );
  if (alarm.alarm_emails !== null && alarm.alarm_emails.length > 0)
    await sendMail({
      to: alarm.alarm_emails,
      subject: `${alarm.name}: ${alarm.kind.replaceAll('_', ' ')}`,
      text: `${say}\n\nLedger: ${alarm.name} (${alarm.slug})\nSince: ${alarm.raised_at.toISOString()}\n${address}\n`,
    });
  return webhook || mail;
}
