import 'server-only';
import { hash } from 'node:crypto';
import { type ArchiveManifest, openManifest, readManifest } from '@/lib/chain/archive-manifest';
import { equalBytes, toHex } from '@/lib/chain/bytes';
import { parseCheckpoint } from '@/lib/chain/checkpoint';
import { CompactRange } from '@/lib/chain/compact-range';
import { genesisHash } from '@/lib/chain/entry-hash';
import { keysInForce } from '@/lib/chain/keys-in-force';
import { leafHash } from '@/lib/chain/merkle';
import { MAX_NOTE_BYTES, parseNote } from '@/lib/chain/signed-note';
import type { VerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint } from '@/lib/chain/verify-note';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { type ArchiveStore, contradictTerms, StoreFault } from './archive-store';
import { patiently, readObject, readSmall } from './read-object';

/** What an archive says of one ledger, with nothing else at hand. */
export interface ArchiveFindings {
  folder: string;
  /** Name of the ledger as its manifests have it. */
  origin: string;
  segments: number;
  records: number;
  /** In words, by segment. Empty: all of it holds together. */
  faults: { segment: bigint; say: string }[];
  /** Whether keys from elsewhere were given; else the manifests' own were used, which shows that the archive agrees with itself. */
  trusted: boolean;
  /** Verifier keys that signed, for comparison. */
  signedBy: string[];
  /** Entries from the first on without a gap, whose tree was made. */
  whole: bigint;
  /** Checkpoints within them, and how many of these have another root. */
  roots: { compared: number; apart: number };
}

const NAME = /^(.+)\/(\d{12})\.(manifest|jsonl\.gz)$/;

interface Found {
  manifests: Map<bigint, string[]>;
  objects: Map<string, string[]>;
}

/**
 * Every ledger of a store: the chain of manifests and their signatures, each object against its manifest, each entry against its body and its neighbours across
 * segments, signed checkpoints, and the tree over what is whole. No database is asked.
 * @param trusted keys that the one who checks has from elsewhere.
 */
export async function* checkArchive(
  store: ArchiveStore,
  trusted: readonly SignerKeyDto[] | null,
  onSegment?: (segment: bigint) => void,
): AsyncGenerator<ArchiveFindings> {
  const folders = new Map<string, Found>();
  for await (const { key, versionId } of store.list('')) {
    const parts = NAME.exec(key);
    if (parts === null) continue;
    const [, folder, number, kind] = parts as unknown as [string, string, string, string];
    const found = folders.get(folder) ?? { manifests: new Map(), objects: new Map() };
    folders.set(folder, found);
    if (kind === 'manifest') found.manifests.set(BigInt(number), [...(found.manifests.get(BigInt(number)) ?? []), versionId]);
    else found.objects.set(key, [...(found.objects.get(key) ?? []), versionId]);
  }
  for (const [folder, found] of folders) yield await checkFolder(store, folder, found, trusted, onSegment);
}

async function checkFolder(
  store: ArchiveStore,
  folder: string,
  found: Found,
  trusted: readonly SignerKeyDto[] | null,
  onSegment: ((segment: bigint) => void) | undefined,
): Promise<ArchiveFindings> {
  const findings: ArchiveFindings = {
    folder,
    origin: '',
    segments: 0,
    records: 0,
    faults: [],
    trusted: trusted !== null,
    signedBy: [],
    whole: 0n,
    roots: { compared: 0, apart: 0 },
  };
  const positions = new Positions();
  const checkpoints = new Map<bigint, Uint8Array>();
  let previous: Uint8Array | null = null;
  const last = [...found.manifests.keys()].reduce((most, number) => (number > most ? number : most), 0n);
  for (let number = 1n; number <= last; number++) {
    const tell = (say: string) => findings.faults.push({ segment: number, say });
    const name = `${folder}/${String(number).padStart(12, '0')}`;
    const opened: Opened | null = await openOne(
      store,
      `${name}.manifest`,
      found.manifests.get(number) ?? [],
      { previous, number, trusted, origin: findings.origin },
      tell,
    );
    onSegment?.(number);
    if (opened === null) {
      previous = null;
      continue;
    }
    const { manifest, note, signers } = opened;
    findings.origin ||= manifest.ledger;
    for (const key of signers) if (!findings.signedBy.includes(key)) findings.signedBy.push(key);
    previous = new Uint8Array(hash('sha256', note, 'buffer'));
    checkCheckpoint(manifest, trusted, checkpoints, tell);
    if (await readOne(store, manifest, found.objects.get(manifest.object) ?? [], positions, tell)) {
      findings.segments++;
      findings.records += manifest.rows;
    }
  }
  for (const say of positions.links(findings.origin)) findings.faults.push({ segment: 0n, say });
  compareTree(positions, checkpoints, findings);
  return findings;
}

interface Opened {
  manifest: ArchiveManifest;
  note: Buffer;
  signers: string[];
}

/** Of the versions under a key the one that is the ledger's: whoever can write to a store can put another over it. */
async function openOne(
  store: ArchiveStore,
  key: string,
  versions: readonly string[],
  {
    previous,
    number,
    trusted,
    origin,
  }: { previous: Uint8Array | null; number: bigint; trusted: readonly SignerKeyDto[] | null; origin: string },
  tell: (say: string) => void,
): Promise<Opened | null> {
  let why = 'its manifest is not there';
  for (const versionId of versions) {
    try {
      const note = await patiently(() => readSmall(store, key, versionId, MAX_NOTE_BYTES));
      if (note === null) {
        why = 'its manifest is longer than any';
        continue;
      }
      const said = readManifest(note);
      const keys = keysInForce(trusted ?? said.keys, said.checkpoint.size);
      const manifest = openManifest(note, keys, origin || said.ledger);
      const follows =
        number === 1n
          ? manifest.previous === null
          : manifest.previous !== null && (previous === null || equalBytes(manifest.previous, previous));
      if (manifest.number !== number || !follows) {
        why = 'its manifest does not follow the one before';
        continue;
      }
      return { manifest, note, signers: keys.map((verifier) => `${verifier.name}+${verifier.keyId.toString(16).padStart(8, '0')}`) };
    } catch (error) {
      why = `its manifest is not the ledger’s (${(error as Error).message})`;
    }
  }
  tell(why);
  return null;
}

/** The tree that was signed when the segment was made: by both kinds of key, as a witness would look at it. */
function checkCheckpoint(
  { checkpoint, keys, ledger }: ArchiveManifest,
  trusted: readonly SignerKeyDto[] | null,
  checkpoints: Map<bigint, Uint8Array>,
  tell: (say: string) => void,
): void {
  const say = contradictCheckpoint({ checkpoint, ledger }, keysInForce(trusted ?? keys, checkpoint.size), checkpoints);
  if (say !== null) tell(say);
}

function contradictCheckpoint(
  { checkpoint, ledger }: Pick<ArchiveManifest, 'checkpoint' | 'ledger'>,
  inForce: readonly VerifierKey[],
  checkpoints: Map<bigint, Uint8Array>,
): string | null {
  try {
    const { origin } = parseCheckpoint(parseNote(checkpoint.note).text);
    if (origin !== ledger && !origin.startsWith(`${ledger}/incarnations/`)) return `its checkpoint is of ${origin}`;
    const own = inForce.filter(({ name }) => name === origin);
    const { checkpoint: signed } = openCheckpoint(checkpoint.note, own, origin);
    if (signed.size !== checkpoint.size || !equalBytes(signed.root, checkpoint.root))
      return 'its checkpoint is of another tree than it says';
    const known = checkpoints.get(signed.size);
    if (known !== undefined && !equalBytes(known, signed.root)) return `two checkpoints of size ${signed.size} have two roots`;
    checkpoints.set(signed.size, signed.root);
    return null;
  } catch (error) {
    return `its checkpoint is not signed by the ledger (${(error as Error).message})`;
  }
}

/** @returns whether a sound version of the object was found. */
async function readOne(
  store: ArchiveStore,
  manifest: ArchiveManifest,
  versions: readonly string[],
  positions: Positions,
  tell: (say: string) => void,
): Promise<boolean> {
  let why = `${manifest.object} is not there`;
  for (const versionId of versions) {
    try {
      const found: { seq: bigint; previousHash: Uint8Array; integrityHash: Uint8Array }[] = [];
      const { contradiction } = await patiently(() => {
        found.length = 0;
        return readObject(store, { key: manifest.object, versionId }, manifest, ({ header, integrityHash }) =>
          found.push({ seq: header.seq, previousHash: header.previousHash, integrityHash }),
        );
      });
      if (contradiction !== null) {
        why = `${manifest.object}: ${contradiction}`;
        continue;
      }
      const shown = await patiently(() => store.head(manifest.object, versionId));
      const until = new Date(manifest.retainUntil);
      const wrong =
        shown === null
          ? 'it is gone'
          : contradictTerms(shown, { bytes: manifest.gzip.bytes, retainUntil: until, worm: store.worm && until > new Date() });
      if (wrong !== null) tell(`${manifest.object}: ${wrong}`);
      for (const entry of found)
        if (!positions.add(entry.seq, entry.previousHash, entry.integrityHash)) tell(`entry ${entry.seq} is in two segments`);
      return true;
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      why = `${manifest.object}: ${error.message}`;
    }
  }
  tell(why);
  return false;
}

const BLOCK = 65_536;
const HASH = 32;

/** Hashes of entries by their positions, in blocks: some 64 bytes an entry, wherever in a ledger they stand. */
class Positions {
  readonly #blocks = new Map<bigint, { there: Uint8Array; integrity: Buffer; previous: Buffer }>();

  /** False where the position is taken. */
  add(seq: bigint, previousHash: Uint8Array, integrityHash: Uint8Array): boolean {
    const name = seq / BigInt(BLOCK);
    let block = this.#blocks.get(name);
    if (block === undefined) {
      block = { there: new Uint8Array(BLOCK), integrity: Buffer.alloc(BLOCK * HASH), previous: Buffer.alloc(BLOCK * HASH) };
      this.#blocks.set(name, block);
    }
    const at = Number(seq % BigInt(BLOCK));
    if (block.there[at] === 1) return false;
    block.there[at] = 1;
    block.integrity.set(integrityHash, at * HASH);
    block.previous.set(previousHash, at * HASH);
    return true;
  }

  integrityOf(seq: bigint): Uint8Array | null {
    return this.#read(seq, 'integrity');
  }

  #read(seq: bigint, which: 'integrity' | 'previous'): Uint8Array | null {
    if (seq < 0n) return null;
    const block = this.#blocks.get(seq / BigInt(BLOCK));
    const at = Number(seq % BigInt(BLOCK));
    return block === undefined || block.there[at] === 0 ? null : block[which].subarray(at * HASH, at * HASH + HASH);
  }

  /** Where entries of two segments are neighbours and do not follow each other; within one it was looked at. */
  *links(origin: string): Generator<string> {
    for (const name of [...this.#blocks.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      for (let at = 0; at < BLOCK; at++) {
        const seq = name * BigInt(BLOCK) + BigInt(at);
        const previous = this.#read(seq, 'previous');
        if (previous === null) continue;
        const before = seq === 0n ? genesisHash(origin, nodeSha256) : this.integrityOf(seq - 1n);
        if (before !== null && !equalBytes(before, previous))
          yield `entry ${seq} does not follow ${seq === 0n ? 'from the ledger’s name' : `entry ${seq - 1n}`}`;
      }
    }
  }
}

function compareTree(positions: Positions, checkpoints: ReadonlyMap<bigint, Uint8Array>, findings: ArchiveFindings): void {
  const range = new CompactRange(nodeSha256);
  for (let seq = 0n; ; seq++) {
    const root = checkpoints.get(seq);
    if (root !== undefined && seq > 0n) {
      findings.roots.compared++;
      if (!equalBytes(range.root(), root)) {
        findings.roots.apart++;
        findings.faults.push({
          segment: 0n,
          say: `the tree over the first ${seq} entries has not the root ${toHex(root)} that was signed`,
        });
      }
    }
    const integrity = positions.integrityOf(seq);
    if (integrity === null) {
      findings.whole = seq;
      return;
    }
    range.append(leafHash(integrity, nodeSha256));
  }
}
