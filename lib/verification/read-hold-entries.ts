import 'server-only';
import type pg from 'pg';
import * as z from 'zod/mini';
import { fitId, fitText } from '@/lib/access-log/access-entry';
import type { PlacedHold } from '@/lib/ledger/read-holds';
import { HOLD_STEPS } from '@/lib/schema/holds';

/** A hold as its row has it. */
export interface HoldRow extends HoldFacts {
  id: string;
  placedUs: bigint;
  /** Who asks for its release, or asked for it before it was released. */
  askedBy: string | null;
  /** Null while it stands. */
  releasedBy: string | null;
  /** What whoever prunes, destroys or shreds is told (retention_scopes): a hold on that, in force. */
  keeps: { scope: string; inForce: boolean } | null;
}

/** What a row and the entry of its placing both say, as the entry says it: identifiers fitted, long text cut. */
export interface HoldFacts {
  number: number | null;
  by: string;
  matter: string;
  scope: string;
  custodian: string | null;
  /** Null where the entry says none. */
  reason: string | null;
}

/** What the access ledger has of one hold. */
export interface HoldSteps {
  placed: HoldFacts | null;
  placedUs: bigint;
  /** Who has asked for a release that nobody has declined. */
  asked: string | null;
  /** askedBy: as the entry of the release says; null: released before a release took two. */
  released: { by: string; askedBy: string | null } | null;
}

const PAGE = 1_000;
const text = z.string();
const Entry = z.object({
  actor_id: text,
  resource_type: text,
  resource_id: text,
  details: z.object({
    hold: text,
    ledger: text,
    number: z.optional(z.number()),
    matter: text,
    scope: z.optional(
      z.looseObject({ kind: text, type: z.optional(text), value: z.optional(text), from: z.optional(text), to: z.optional(text) }),
    ),
    custodian: z.optional(text),
    reason: z.optional(text),
    asked_by: z.optional(text),
  }),
});

interface Stored extends PlacedHold {
  placed_us: string;
  release_asked_by: string | null;
  released: boolean;
  released_by: string | null;
  kept: { kind: string; value: string; type: string | null; from: string | null; to: string | null; standing: boolean } | null;
}

export async function readHoldRows(client: pg.ClientBase, ledgerId: number): Promise<HoldRow[]> {
  const { rows } = await client.query<Stored>(
    `SELECT h.id, h.number, h.matter, h.scope_kind, h.scope_value, h.scope_type, h.scope_from::text AS scope_from, h.scope_to::text AS scope_to, h.custodian, h.reason, h.placed_by,
            (extract(epoch FROM h.placed_at) * 1000000)::bigint AS placed_us, h.release_asked_by, h.released_at IS NOT NULL AS released, h.released_by,
            CASE WHEN s.use = 'hold' AND s.ledger_id = h.ledger_id
                 THEN json_build_object('kind', s.kind, 'value', s.value, 'type', s.type, 'from', s.day_from, 'to', s.day_to, 'standing', s.standing) END AS kept
       FROM legal_holds h LEFT JOIN retention_scopes s ON s.mark = h.mark WHERE h.ledger_id = $1 ORDER BY h.number`,
    [ledgerId],
  );
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    by: fitId(row.placed_by),
    matter: fitText(row.matter),
    scope: sayScope(row.scope_kind, row.scope_value, row.scope_type, row.scope_from, row.scope_to),
    custodian: row.custodian === null ? null : fitText(row.custodian),
    reason: fitText(row.reason),
    placedUs: BigInt(row.placed_us),
    askedBy: row.release_asked_by === null ? null : fitId(row.release_asked_by),
    releasedBy: row.released ? fitId(row.released_by ?? '') : null,
    keeps:
      row.kept === null
        ? null
        : { scope: sayScope(row.kept.kind, row.kept.value, row.kept.type, row.kept.from, row.kept.to), inForce: row.kept.standing },
  }));
}

/** By the hold's id, out of the entries in their order. What a forged body says is another check's to find. */
export async function readHoldSteps(client: pg.ClientBase, ledgerId: number): Promise<Map<string, HoldSteps>> {
  const { rows: names } = await client.query<{ slug: string; access: number }>(
    "SELECT l.slug, a.id AS access FROM ledgers l JOIN ledgers a ON a.kind = 'access' WHERE l.id = $1",
    [ledgerId],
  );
  const steps = new Map<string, HoldSteps>();
  if (names[0] === undefined) return steps;
  const { slug, access } = names[0];
  // Each kind of step is complete before the next begins: what comes later is told by the position.
  const entries: { seq: bigint; us: bigint; action: string; entry: z.infer<typeof Entry> }[] = [];
  for (const action of HOLD_STEPS)
    for (let after = '-1'; ; ) {
      const { rows } = await client.query<{ seq: string; us: string; body: Buffer }>(
        `SELECT r.seq, e.received_at_us AS us, r.body FROM records r JOIN entries e ON e.ledger_id = r.ledger_id AND e.seq = r.seq
          WHERE r.ledger_id = $1 AND r.action = $2 AND r.seq > $3 ORDER BY r.seq LIMIT ${PAGE}`,
        [access, action, after],
      );
      for (const { seq, us, body } of rows) {
        const read = z.safeParse(Entry, parse(body));
        if (read.success && read.data.details.ledger === slug) entries.push({ seq: BigInt(seq), us: BigInt(us), action, entry: read.data });
      }
      if (rows.length < PAGE) break;
      after = rows[rows.length - 1]!.seq;
    }
  entries.sort((a, b) => (a.seq < b.seq ? -1 : 1));
  for (const { us, action, entry } of entries) {
    const { details, actor_id: by } = entry;
    const step = steps.get(details.hold) ?? { placed: null, placedUs: us, asked: null, released: null };
    steps.set(details.hold, step);
    if (action === 'hold_placed') {
      const { kind, value, type, from, to } = details.scope ?? { kind: entry.resource_type, value: entry.resource_id };
      step.placed = {
        number: details.number ?? null,
        by,
        matter: details.matter,
        scope: sayScope(kind, value ?? '', type ?? null, from ?? null, to ?? null),
        custodian: details.custodian ?? null,
        reason: details.reason ?? null,
      };
    } else if (action === 'hold_release_requested') step.asked = by;
    else if (action === 'hold_release_declined') step.asked = null;
    else step.released = { by, askedBy: details.asked_by === undefined ? null : fitId(details.asked_by) };
  }
  return steps;
}

function sayScope(kind: string, value: string, type: string | null, from: string | null, to: string | null): string {
  return kind === 'time' ? `days ${from} to ${to}` : type === null ? `${kind} ${fitText(value)}` : `${kind} ${type} ${fitText(value)}`;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
