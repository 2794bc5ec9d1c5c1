import 'server-only';
import * as z from 'zod/mini';
import { env } from '@/lib/env';
import { log } from '@/lib/log';
import type { Finding, PhiType } from '@/lib/phi/detect-phi';
import { resolveOverlaps } from '@/lib/phi/resolve-overlaps';
import { detectInTurns } from './detect-in-turns';
import { guardedFetch, OutboundError } from './guarded-fetch';

/** Presidio's entities that have an equal here. Its nationalities, crypto wallets and the numbers of other countries are passed over. */
const TYPES: Readonly<Record<string, PhiType>> = {
  CREDIT_CARD: 'payment_card',
  DATE_TIME: 'date',
  EMAIL_ADDRESS: 'email',
  IBAN_CODE: 'iban',
  IP_ADDRESS: 'ip_address',
  LOCATION: 'address',
  // It is the DEA's registration that this recogniser of theirs knows.
  MEDICAL_LICENSE: 'dea_number',
  PERSON: 'person_name',
  PHONE_NUMBER: 'phone',
  UK_NHS: 'nhs_number',
  UK_NINO: 'nino',
  URL: 'url',
  US_BANK_NUMBER: 'account_number',
  US_DRIVER_LICENSE: 'license_number',
  US_ITIN: 'ssn',
  US_MBI: 'mbi',
  US_NPI: 'npi',
  US_PASSPORT: 'license_number',
  US_SSN: 'ssn',
};
const LEAST_SCORE = 0.5;
const TIME_LIMIT_MS = 2_000;
const MAX_ANSWER = 8_388_608;
/** A server that does not answer is not waited for again at once: every record would wait. */
const REST_MS = 30_000;

const Answer = z.array(z.object({ entity_type: z.string(), start: z.int(), end: z.int(), score: z.number() })).check(z.maxLength(100_000));

let restUntil = 0;

/**
 * What stands in a text by our own rules, and by those of the Presidio analyzer at PRESIDIO_URL where one is set. Never throws: where it does not answer in
 * time, or not as its protocol says, ours stand alone and the log says so.
 * @param now milliseconds
 */
export async function findIdentifiers(text: string, now: () => number = Date.now): Promise<Finding[]> {
  const own = await detectInTurns(text);
  const address = env().PRESIDIO_URL;
  if (address === undefined || text.trim() === '' || now() < restUntil) return own;
  try {
    const theirs = await askPresidio(address, text);
    restUntil = 0;
    return theirs.length === 0 ? own : resolveOverlaps([...own, ...theirs]);
  } catch (error) {
    restUntil = now() + REST_MS;
    // Its message never holds what was asked.
    const reason = error instanceof OutboundError || error instanceof PresidioFault ? error.message : 'the answer cannot be read';
    log.warn({ reason, rest_ms: REST_MS }, 'Presidio was not heard; our own detection stands alone');
    return own;
  }
}

class PresidioFault extends Error {}

/** POST /analyze of Presidio's REST API. @throws OutboundError, PresidioFault, SyntaxError */
async function askPresidio(address: string, text: string): Promise<Finding[]> {
  const answer = await guardedFetch(`${address.replace(/\/+$/, '')}/analyze`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ text, language: 'en', score_threshold: LEAST_SCORE }),
    maxBytes: MAX_ANSWER,
    timeoutMs: TIME_LIMIT_MS,
  });
  if (answer.status !== 200) throw new PresidioFault(`it answered with status ${answer.status}`);
  const parsed = z.safeParse(Answer, JSON.parse(answer.body.toString('utf8')));
  if (!parsed.success) throw new PresidioFault('its answer is not a list of findings');
  const units = unitsOf(text);
  const last = units === null ? text.length : units.length - 1;
  return parsed.data.flatMap(({ entity_type, start, end, score }) => {
    if (start < 0 || end <= start || end > last) throw new PresidioFault('a finding lies outside the text');
    const type = TYPES[entity_type];
    if (type === undefined || !(score >= LEAST_SCORE)) return [];
    const place = units === null ? { start, end } : { start: units[start], end: units[end] };
    // `today`, `5 days`: times, and no dates of anybody.
    if (type === 'date' && !/\d/.test(text.slice(place.start, place.end))) return [];
    return [{ type, ...place, score: Math.min(1, score), rule: `presidio_${entity_type.toLowerCase()}` }];
  });
}

/** Python counts code points, we UTF-16 units: for each code point (and the end) its unit; null where they are the same. */
function unitsOf(text: string): Uint32Array | null {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return null;
  const units = new Uint32Array(text.length + 1);
  let points = 0;
  for (let unit = 0; unit < text.length; unit += text.codePointAt(unit)! > 0xffff ? 2 : 1) {
    units[points] = unit;
    points += 1;
  }
  units[points] = text.length;
  return units.subarray(0, points + 1);
}
