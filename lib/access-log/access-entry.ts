import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import type { JsonValue } from '@/lib/chain/canonical-json';
import { accessLedger } from '@/lib/ledger/find-ledger';
import { type AccessRecordInput, type PreparedRecord, prepareAccessRecord } from '@/lib/ledger/prepare-record';
import type { Role } from '@/lib/schema/vocabulary';
import { type AccessAction, type Outcome, RESOURCE_ID } from '@/lib/schema/vocabulary';

/** What is done, before it is known by whom. */
export interface AccessWhat {
  action: AccessAction;
  /** The screen or the API route, without parameters. */
  screen: string;
  resource?: { type: string; id: string };
  subjectId?: string;
  purpose?: string;
  outcome?: Outcome;
  /** Filters, counts, names of what changed; never what was read. */
  details?: Record<string, unknown>;
}

export interface AccessActor {
  id: string;
  type: 'user' | 'admin' | 'system';
  sessionId?: string;
  keyId?: string;
  address?: string | null;
  details?: Record<string, JsonValue>;
}

/** The actor of a record is the address that a person signs in by, since that is what an auditor knows and searches; the users' id stands beside it. */
export function actorOf(viewer: Viewer, role: Role | null): AccessActor {
  if (viewer.keyId !== null) {
    return {
      id: `key:${viewer.keyId}`,
      type: 'system',
      keyId: viewer.keyId,
      address: viewer.address,
      details: { actor_name: viewer.person.name },
    };
  }
  return {
    id: viewer.person.email,
    type: role === 'administrator' ? 'admin' : 'user',
    ...(viewer.sessionId === null ? {} : { sessionId: viewer.sessionId }),
    address: viewer.address,
    details: { user_id: viewer.person.id, actor_name: viewer.person.name, ...(role === null ? {} : { role }) },
  };
}

export const SYSTEM: AccessActor = { id: 'holdfast', type: 'system' };

/** The entry for the access ledger. Text that came from outside is cut and made well-formed, so that no request can make its own record fail. */
export async function prepareAccess(
  actor: AccessActor,
  ledger: string | null,
  what: AccessWhat,
): Promise<{ ledgerId: number; record: PreparedRecord }> {
  const channel = actor.keyId !== undefined ? 'api' : actor.sessionId !== undefined || actor.type !== 'system' ? 'dashboard' : 'system';
  const input: AccessRecordInput = {
    action: what.action,
    actor_id: fitId(actor.id),
    actor_type: actor.type,
    ...(what.resource === undefined ? {} : { resource_type: fitId(what.resource.type), resource_id: fitId(what.resource.id) }),
    ...(what.subjectId === undefined ? {} : { subject_id: fitId(what.subjectId) }),
    ...(what.purpose === undefined ? {} : { purpose: fitText(what.purpose) }),
    ...(what.outcome === undefined ? {} : { outcome: what.outcome }),
    details: {
      screen: what.screen,
      ...(ledger === null ? {} : { ledger: fitText(ledger) }),
      ...actor.details,
      ...(actor.address == null ? {} : { address: actor.address }),
      ...(fitValue(what.details ?? {}, 0) as Record<string, JsonValue>),
    },
    source: {
      channel,
      ...(actor.sessionId === undefined ? {} : { session_id: actor.sessionId }),
      ...(actor.keyId === undefined ? {} : { key_id: actor.keyId }),
    },
  };
  return { ledgerId: (await accessLedger()).id, record: prepareAccessRecord(input) };
}

/** Ids are printable ASCII; anything else is written percent-encoded, so that two that look alike stay apart. */
export function fitId(id: string): string {
  return RESOURCE_ID.test(id) ? id : encodeURIComponent(id.toWellFormed()).slice(0, 256) || '-';
}

/** Text of details, as an entry has it. */
export function fitText(text: string): string {
  // Cutting can part a surrogate pair, so that it comes before the making well-formed.
  return text.slice(0, 512).toWellFormed().replaceAll('\0', '\u{fffd}');
}

function fitValue(value: unknown, depth: number): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return fitText(value);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return value.toString();
    case 'object':
      if (value === null) return null;
      if (depth > 4) return '…';
      if (value instanceof Date) return value.toISOString();
      if (Array.isArray(value)) return value.slice(0, 50).map((item) => fitValue(item, depth + 1) ?? null);
      return Object.fromEntries(
        Object.entries(value)
          .slice(0, 50)
          .flatMap(([name, member]) => {
            const fitted = fitValue(member, depth + 1);
            return fitted === undefined ? [] : [[fitText(name).slice(0, 128).toWellFormed(), fitted]];
          }),
      );
    default:
      return undefined;
  }
}
