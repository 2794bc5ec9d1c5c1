import 'server-only';
import * as z from 'zod/mini';
import { readDecimal } from '@/lib/chain/decimal';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { pool } from '@/lib/db';
import type { ProofState } from './read-proof-state';

type SignerKey = ProofState['keys'][number];
const KINDS = ['ed25519', 'ml-dsa-44'] as const;

/** A hand-over as the access ledger has it: from that size on the key counts, and the one before it up to there. */
interface Rotation {
  origin: string;
  size: bigint;
  ed25519: string;
}

/** What the access ledger has of a ledger's keys. */
interface Told {
  rotations: Rotation[];
  /** By the origin of an incarnation that has ended, up to which size its last keys count. */
  ends: Map<string, bigint>;
}

const Rotated = z.object({ details: z.object({ origin: z.string(), size: z.string(), ed25519: z.string() }) });
const Started = z.object({ details: z.object({ ended_origin: z.string(), ended_size: z.string() }) });

/**
 * For which sizes each key counts, against the entries of the access ledger: whoever can write rows could let a stolen key that was retired count again, or
 * add one that was never in use. Each incarnation begins with one pair; each entry of a rotation ends the pair before and names the next; the entry of
 * the next incarnation ends the last one.
 */
export async function compareRotations(ledgerId: number, state: ProofState): Promise<{ rotations: number; breaks: ChainBreak[] }> {
  const { rotations, ends } = await readTold(ledgerId);
  const breaks = state.incarnations.flatMap(({ number, origin }) => {
    const keys = state.keys.filter(({ incarnation }) => incarnation === number);
    const own = rotations.filter((one) => one.origin === origin);
    if (keys.length === 0 && own.length === 0) return [];
    return compareRanges(number, keys, own, number === state.incarnation ? 'in use' : (ends.get(origin) ?? 'ended'));
  });
  return { rotations: rotations.length, breaks };
}

/** @param end of the last pair; `ended`: the access ledger does not tell where. */
function compareRanges(
  incarnation: number,
  keys: readonly SignerKey[],
  rotations: readonly Rotation[],
  end: bigint | 'in use' | 'ended',
): ChainBreak[] {
  const starts = [0n, ...rotations.map(({ size }) => size)];
  const lastStart = starts[starts.length - 1];
  const breaks: ChainBreak[] = [];
  const told = (expected: string, found: string) =>
    breaks.push({
      seq: lastStart === 0n ? 0n : lastStart - 1n,
      recordId: null,
      code: 'checkpoint_signature_invalid',
      expected: `keys of incarnation ${incarnation}: ${expected}, as the access ledger has it`,
      found,
    });
  for (const kind of KINDS) {
    const own = keys.filter((key) => key.kind === kind).map((key) => ({ from: key.fromSize, to: key.toSize }));
    const ends = own.flatMap(({ from, to }) => (from === lastStart && to !== null ? [to] : []));
    const last = end === 'in use' ? null : end !== 'ended' ? larger(end, lastStart) : ends.reduce<bigint>(larger, lastStart);
    const expected = starts.map((from, i) => rangeOf(from, i + 1 < starts.length ? starts[i + 1] : last)).sort();
    const found = own.map(({ from, to }) => rangeOf(from, to)).sort();
    if (expected.join() !== found.join()) told(`${kind} for ${expected.join(', ')}`, found.join(', ') || 'none');
  }
  for (const { ed25519, size } of rotations)
    if (!keys.some(({ vkey, fromSize }) => vkey === ed25519 && fromSize === size)) told(`${shortKey(ed25519)} from ${size}`, 'another key');
  return breaks;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function rangeOf(from: bigint, to: bigint | null): string {
  return `${from} to ${to ?? 'now'}`;
}

async function readTold(ledgerId: number): Promise<Told> {
  const { rows } = await pool('verification').query<{ action: string; body: Buffer }>(
    `SELECT r.action, r.body FROM ledgers a JOIN records r ON r.ledger_id = a.id
      WHERE a.kind = 'access' AND r.action IN ('signer_key_rotated', 'incarnation_started')
        AND r.resource_type = 'ledger' AND r.resource_id = (SELECT slug FROM ledgers WHERE id = $1)
      ORDER BY r.seq`,
    [ledgerId],
  );
  const told: Told = { rotations: [], ends: new Map() };
  for (const { action, body } of rows) {
    const json = parse(body);
    const rotated = action === 'signer_key_rotated' ? z.safeParse(Rotated, json) : null;
    const started = action === 'incarnation_started' ? z.safeParse(Started, json) : null;
    const size = readDecimal(rotated?.data?.details.size ?? started?.data?.details.ended_size ?? '');
    if (size === null) continue;
    if (rotated?.success) told.rotations.push({ ...rotated.data.details, size });
    if (started?.success) told.ends.set(started.data.details.ended_origin, size);
  }
  return told;
}

/** A body that somebody forged is another check's to find. */
function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

function shortKey(vkey: string): string {
  return vkey.slice(0, vkey.lastIndexOf('+'));
}
