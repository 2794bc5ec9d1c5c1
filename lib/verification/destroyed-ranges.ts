import 'server-only';
import { hash } from 'node:crypto';
import { fetchSegment } from '@/lib/archive/fetch-segment';
import { segmentsBetween } from '@/lib/archive/segments';
import { manifestKeys } from '@/lib/archive/sign-manifest';
import { inRanges, readRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { type DestructionCertificate, openCertificate, readCertificate } from '@/lib/chain/destruction-certificate';
import { mergeRanges } from '@/lib/chain/merge-ranges';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import { digestEntries } from '@/lib/ledger/digest-entries';

interface Row {
  id: string;
  number: number;
  state: string;
  authority: string;
  reason: string;
  /** Kind, value, day, first and last position. */
  scope: (string | null)[];
  requested_by: string;
  requested_at: Date;
  approved_by: string | null;
  approved_at: Date | null;
  /** As screens tell them: records, and objects in which any of them lay. */
  told_records: string;
  told_objects: number;
  named: string;
  destroyed: string;
  within: boolean;
  version: number | null;
  note: Buffer | null;
  /** The signed note of the version before, in hexadecimal. */
  before: string | null;
}

/**
 * Records that are here at positions that are told to be destroyed, by index, range by range: a leaf that was never analyzed looks empty to the planner, which would hold each
 * of its records against each range.
 */
export const RETURNED = `SELECT r.seq, r.id, d.number FROM destruction_items i JOIN destructions d ON d.id = i.destruction_id, unnest(i.destroyed) g
   CROSS JOIN LATERAL (SELECT r.seq, r.id FROM records r WHERE r.ledger_id = $1 AND r.seq >= lower(g) AND r.seq < upper(g) ORDER BY r.seq LIMIT 100) r
  WHERE i.ledger_id = $1 AND ($2::uuid[] IS NULL OR d.id = ANY ($2)) ORDER BY r.seq LIMIT 100`;

/** What an entry of the access ledger says of a destruction. */
interface Told {
  action: string;
  actor: string;
  details: Record<string, unknown>;
}

/**
 * What of a ledger was destroyed at the end of its life. A row excuses no missing body by itself: what it says is held against the certificate that the ledger's keys
 * signed, against the entries themselves, and against what the access ledger has of the request, of its approval by another person, and of the certificate. One that is
 * under way has no certificate yet; then request and approval must be there.
 */
export class DestroyedRanges {
  readonly breaks: ChainBreak[] = [];
  /** Destructions that are borne out, and how many of them are certified. */
  destructions = 0;
  certified = 0;
  records = 0;
  readonly #ledger: { id: number; origin: string; slug?: string };
  readonly #only: readonly string[] | null;
  #ranges: SeqRange[] = [];

  private constructor(ledger: { id: number; origin: string }, only: readonly string[] | null) {
    this.#ledger = ledger;
    this.#only = only;
  }

  /** @param only ids; null for all of the ledger */
  static async read(ledger: { id: number; origin: string }, only: readonly string[] | null = null): Promise<DestroyedRanges> {
    const destroyed = new DestroyedRanges(ledger, only);
    await destroyed.refresh();
    return destroyed;
  }

  /** Takes in what was destroyed since. @returns whether anything was */
  async refresh(): Promise<boolean> {
    const before = this.records;
    this.breaks.length = 0;
    this.destructions = 0;
    this.certified = 0;
    const found: SeqRange[] = [];
    let records = 0;
    for (const row of await this.#rows()) {
      const ranges = readRanges(row.destroyed) ?? [];
      const why = await this.#contradict(row, ranges);
      if (why === null) {
        this.destructions++;
        if (row.note !== null) this.certified++;
        found.push(...ranges);
        records += count(ranges);
      } else
        this.breaks.push({
          seq: ranges[0]?.from ?? 0n,
          recordId: null,
          code: 'destruction_unproven',
          expected: why.expected,
          found: why.found,
        });
    }
    this.breaks.push(...(await this.#returned()));
    this.#ranges = mergeRanges(found);
    this.records = records;
    return records > before;
  }

  /** Ascending, within these positions. */
  within(from: bigint, to: bigint): SeqRange[] {
    return this.#ranges.filter((range) => range.to >= from && range.from <= to);
  }

  has(seq: bigint): boolean {
    return inRanges(this.#ranges, seq);
  }

  /** Whether all of these are. */
  covers(ranges: readonly SeqRange[]): boolean {
    return ranges.every(({ from, to }) => this.#ranges.some((one) => one.from <= from && to <= one.to));
  }

  async #rows(): Promise<Row[]> {
    const { rows } = await pool('verification').query<Row>(
      `SELECT d.id, d.number, d.state, d.authority, d.reason, d.requested_by, d.requested_at, d.approved_by, d.approved_at, d.destroyed AS told_records,
              ARRAY[d.scope_kind, d.scope_value, d.scope_until::text, d.scope_from::text, d.scope_to::text] AS scope,
              (SELECT count(*)::int FROM destruction_objects o WHERE o.destruction_id = d.id) AS told_objects, i.named::text AS named, i.destroyed::text AS destroyed,
              coalesce(i.destroyed, '{}') <@ i.named AS within, c.version, c.note, encode(p.sha256, 'hex') AS before
         FROM destructions d
         JOIN LATERAL (SELECT (SELECT range_agg(r) FROM destruction_items x, unnest(x.seqs) r WHERE x.destruction_id = d.id) AS named,
                              (SELECT range_agg(r) FROM destruction_items x, unnest(x.destroyed) r WHERE x.destruction_id = d.id) AS destroyed) i ON true
         LEFT JOIN LATERAL (SELECT version, note FROM destruction_certificates x WHERE x.destruction_id = d.id ORDER BY version DESC LIMIT 1) c ON true
         LEFT JOIN destruction_certificates p ON p.destruction_id = d.id AND p.version = c.version - 1
        WHERE d.ledger_id = $1 AND ($2::uuid[] IS NULL OR d.id = ANY ($2)) AND (i.destroyed IS NOT NULL OR c.note IS NOT NULL) ORDER BY d.number`,
      [this.#ledger.id, this.#only],
    );
    return rows.map((row) => ({ ...row, destroyed: row.destroyed ?? '{}' }));
  }

  /** @returns the first thing that is not borne out; null where all of it is */
  async #contradict(row: Row, ranges: readonly SeqRange[]): Promise<{ expected: string; found: string } | null> {
    const name = `destruction #${row.number}`;
    const wrong = (expected: string, found: string) => ({ expected: `${name}: ${expected}`, found });
    if (!row.within) return wrong('records that were asked for', 'others are told to be destroyed');
    const told = await this.#told(row.id);
    if (told === 'unreachable')
      return row.note === null
        ? wrong('entries of the access ledger', 'the archive does not answer')
        : this.#contradictNote(row, ranges, null);
    const positions = hash('sha256', row.named);
    const by = (action: string) =>
      told.filter((one) => one.action === action && one.details.destruction === row.id && one.details.ledger === this.#ledger.slug);
    const request = by('destruction_requested').find(
      ({ actor, details }) => actor === row.requested_by && details.positions_sha256 === positions && details.authority === row.authority,
    );
    if (request === undefined) return wrong('a request of these records in the access ledger', 'none');
    const approval = by('destruction_approved').find(
      ({ actor, details }) => actor === row.approved_by && actor !== request.actor && details.positions_sha256 === positions,
    );
    if (approval === undefined) return wrong('an approval of these records by another person in the access ledger', 'none');
    if (row.note !== null) return this.#contradictNote(row, ranges, by('destruction_certified'));
    return row.state === 'running' || row.state === 'failed' ? null : wrong('a certificate', 'none');
  }

  /** @param told what the access ledger has of certificates; null where it cannot be asked now */
  async #contradictNote(
    row: Row,
    ranges: readonly SeqRange[],
    told: readonly Told[] | null,
  ): Promise<{ expected: string; found: string } | null> {
    const name = `destruction #${row.number}`;
    const wrong = (expected: string, found: string) => ({ expected: `${name}: ${expected}`, found });
    const note = row.note!;
    let certificate: DestructionCertificate;
    try {
      const { checkpoint, keys } = readCertificate(note);
      const incarnation = await this.#incarnationOf(checkpoint.number);
      const trusted = await manifestKeys(this.#ledger.id, {
        incarnation: incarnation ?? keys[0]?.incarnation ?? 1,
        size: BigInt(checkpoint.size),
      });
      certificate = openCertificate(note, trusted, this.#ledger.origin);
    } catch (error) {
      return wrong('a certificate that this ledger’s keys signed', (error as Error).message);
    }
    const { records, scope } = certificate;
    const said: [what: string, signed: unknown, stored: unknown][] = [
      ['its id', certificate.id, row.id],
      ['its number', certificate.number, row.number],
      ['its version', certificate.version, row.version],
      ['the certificate before', certificate.previous, row.before],
      ['who asked for it', certificate.requested.by, row.requested_by],
      ['who approved it', certificate.approved.by, row.approved_by],
      ['when it was asked for', certificate.requested.at, row.requested_at.toISOString()],
      ['when it was approved', certificate.approved.at, row.approved_at?.toISOString()],
      ['its authority', certificate.authority, row.authority],
      ['its reason', certificate.reason, row.reason],
      ['its scope', sayScope([scope.kind, scope.value, scope.until, scope.from, scope.to]), sayScope(row.scope)],
      ['how many records', records.destroyed, count(ranges)],
      ['how many records its row tells', String(records.destroyed), row.told_records],
      ['in how many archive objects', certificate.objects.count, row.told_objects],
      ['which records', records.positions_sha256, hash('sha256', row.destroyed)],
      ['which records were asked for', records.requested_positions_sha256, hash('sha256', row.named)],
      ['their entries', records.entries_sha256, await digestEntries(this.#ledger.id, ranges)],
    ];
    for (const [what, signed, stored] of said) if (signed !== stored) return wrong(`${what}: ${String(signed)}`, String(stored));
    const sha256 = hash('sha256', note, 'hex');
    if (told !== null && !told.some(({ details }) => details.sha256 === sha256 && details.version === certificate.version))
      return wrong('its certificate in the access ledger', 'none of these bytes');
    return null;
  }

  async #incarnationOf(checkpoint: string): Promise<number | null> {
    const { rows } = await pool('verification').query<{ incarnation: number }>(
      'SELECT incarnation FROM checkpoints WHERE ledger_id = $1 AND number = $2',
      [this.#ledger.id, checkpoint],
    );
    return rows[0]?.incarnation ?? null;
  }

  /** Entries of the access ledger about one destruction, archived ones too. */
  async #told(id: string): Promise<Told[] | 'unreachable'> {
    const { rows: ledgers } = await pool('verification').query<{ id: number; origin: string; slug: string; kind: string }>(
      "SELECT id, origin, slug, kind FROM ledgers WHERE id = $1 OR kind = 'access'",
      [this.#ledger.id],
    );
    this.#ledger.slug = ledgers.find((one) => one.id === this.#ledger.id)!.slug;
    const access = ledgers.find(({ kind }) => kind === 'access');
    if (access === undefined) return [];
    const { rows } = await pool('verification').query<{ body: Buffer }>(
      `SELECT r.body FROM records r JOIN entries e ON e.ledger_id = r.ledger_id AND e.seq = r.seq AND e.body_hash = sha256(r.body)
        WHERE r.ledger_id = $1 AND r.resource_type = 'destruction' AND r.resource_id = $2`,
      [access.id, id],
    );
    const told = rows.flatMap(({ body }) => readTold(body));
    const { rows: traces } = await pool('verification').query<{ low: string; high: string }>(
      `SELECT min(first_seq) AS low, max(last_seq) AS high FROM retention_traces
        WHERE ledger_id = $1 AND kind = 'resource' AND value = $2 AND type = 'destruction' HAVING count(*) > 0`,
      [access.id, id],
    );
    if (traces.length === 0) return told;
    const [low, high] = [BigInt(traces[0]!.low), BigInt(traces[0]!.high)];
    for (const segment of await segmentsBetween(access.id, low, high)) {
      if (segment.state !== 'confirmed' && segment.state !== 'pruned') continue;
      const fetched = await fetchSegment(access, segment);
      if ('say' in fetched) {
        if (fetched.state === 'unreachable') return 'unreachable';
        continue;
      }
      for (const { from, to } of segment.ranges)
        for (let seq = from > low ? from : low; seq <= to && seq <= high; seq++) {
          const body = fetched.body(seq);
          if (body?.includes(id)) told.push(...readTold(body));
        }
    }
    return told;
  }

  /** What is told to be destroyed and is here again. */
  async #returned(): Promise<ChainBreak[]> {
    const { rows } = await pool('verification').query<{ seq: string; id: string; number: number }>(RETURNED, [this.#ledger.id, this.#only]);
    return rows.map(({ seq, id, number }) => ({
      seq: BigInt(seq),
      recordId: id,
      code: 'destruction_unproven',
      expected: `destruction #${number}: no body`,
      found: 'a body is here',
    }));
  }
}

function readTold(body: Uint8Array): Told[] {
  try {
    const { action, actor_id, details } = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;
    if (typeof action !== 'string' || typeof actor_id !== 'string' || typeof details !== 'object' || details === null) return [];
    return [{ action, actor: actor_id, details: details as Record<string, unknown> }];
  } catch {
    return [];
  }
}

function sayScope(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(' ');
}

function count(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + Number(to - from + 1n), 0);
}
