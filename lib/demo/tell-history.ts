import type { AuditRecord } from '../sdk/src/index';
import { seededId } from './demo-record';
import { historyStart } from './pick-times';
import { Random } from './random';
import type { Office, StandingGrant } from './script';
import { promptText } from './words';

const DAY = 86_400_000;
/** Changes are made in the morning, before the office opens. */
const MORNING = 7 * 3_600_000;

/** What is in force at a moment, as the conversations need to know it. */
export interface InForce {
  prompt(time: number): string;
  model(time: number): string;
  /** The id of the grant of that name that holds then; null when none does. */
  grant(name: string, time: number): string | null;
}

interface DatedGrant extends StandingGrant {
  id: string;
  from: number;
  until: number;
  revokedAt: number | null;
}

/** The changes between the conversations: prompts, models, grants and revocations, with what they put in force. */
export function tellHistory(office: Office, seed: string, now: number): { records: AuditRecord[]; inForce: InForce } {
  const start = historyStart(now);
  const ids = new Random(`${seed}/${now}/${office.agentName}/history`);
  const span = now - start;
  const when = (at: number) =>
    start + Math.floor((at * span) / DAY) * DAY + MORNING + office.agentName.length * 97_000 + Math.floor(at * 10_000) * 173;
  const records: AuditRecord[] = [];
  const add = (time: number, record: Omit<AuditRecord, 'id' | 'timestamp' | 'agent_name' | 'domains'>) => {
    if (time > now) return;
    const timestamp = new Date(time).toISOString();
    records.push({ ...record, id: seededId(time, ids), timestamp, agent_name: office.agentName, domains: [...office.domains] });
  };

  for (const [index, prompt] of office.prompts.entries()) {
    const { at, version, author, approver, ticket } = prompt;
    const previous = office.prompts[index - 1];
    const text = promptText(
      office.promptTexts,
      office.prompts.map((one) => one.version),
      version,
    );
    const details = { version, author, approver, ticket, length: text.length };
    add(when(at), {
      action: 'prompt_changed',
      actor_id: author,
      actor_type: 'admin',
      data_classification: 'internal',
      details: previous ? { ...details, previous_version: previous.version } : details,
      content: [{ part: 'prompt', text }],
    });
  }
  for (const [index, { at, model, approver, ticket }] of office.models.entries()) {
    const previous = office.models[index - 1];
    add(when(at) + 240_000, {
      action: 'model_changed',
      actor_id: approver,
      actor_type: 'admin',
      data_classification: 'internal',
      details: { model, approver, ticket, ...(previous ? { previous_model: previous.model } : {}) },
    });
  }
  const grants = office.grants.map((grant, index) => date(grant, `grant-${office.key}-${index + 1}`, when(grant.at) + 600_000));
  for (const grant of grants) {
    const { requester, approver, scope, reason, ticket, classification, type, until, revokedAt, revoked } = grant;
    const expires = Number.isFinite(until) ? { expires_at: new Date(until).toISOString() } : {};
    const details = { grant_id: grant.id, scope, requester, approver, reason, ...expires, ...(ticket ? { ticket } : {}) };
    add(grant.from, {
      action: 'access_granted',
      actor_id: approver,
      actor_type: 'admin',
      data_classification: classification,
      resource_type: type,
      details,
    });
    if (revokedAt === null || !revoked) continue;
    add(revokedAt, {
      action: 'access_revoked',
      actor_id: revoked.by,
      actor_type: 'admin',
      data_classification: classification,
      resource_type: type,
      details: { grant_id: grant.id, reason: revoked.reason, revoked_by: revoked.by },
    });
  }

  const newest = <T extends { at: number }>(list: readonly T[], time: number): T =>
    list.filter(({ at }) => when(at) <= time).at(-1) ?? (list[0] as T);
  return {
    records,
    inForce: {
      prompt: (time) => newest(office.prompts, time).version,
      model: (time) => newest(office.models, time - 240_000).model,
      grant: (name, time) =>
        grants.find((grant) => grant.name === name && grant.from <= time && time < (grant.revokedAt ?? grant.until))?.id ?? null,
    },
  };
}

function date(grant: StandingGrant, id: string, from: number): DatedGrant {
  const until = grant.expiresAfterDays === undefined ? Number.POSITIVE_INFINITY : from + grant.expiresAfterDays * DAY;
  return { ...grant, id, from, until, revokedAt: grant.revoked ? from + grant.revoked.afterDays * DAY + 5 * 3_600_000 : null };
}
