import 'server-only';
import { hash } from 'node:crypto';
import { type ArchiveManifest, openManifest, readManifest } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import { equalBytes } from '@/lib/chain/bytes';
import { parseCheckpoint } from '@/lib/chain/checkpoint';
import { openCertificate, readCertificate } from '@/lib/chain/destruction-certificate';
import { keysInForce } from '@/lib/chain/keys-in-force';
import { NoteError } from '@/lib/chain/note-error';
import { MAX_NOTE_BYTES, parseNote } from '@/lib/chain/signed-note';
import type { VerifierKey } from '@/lib/chain/verifier-key';
import { openCheckpoint } from '@/lib/chain/verify-note';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { type ArchiveStore, contradictTerms, StoreFault } from './archive-store';
import { compareTree, Positions } from './entry-positions';
import { patiently, readObject, readSmall } from './read-object';
import { LEAF } from './segments';

/** What an archive says of one ledger, with nothing else at hand. */
export interface ArchiveFindings {
  folder: string;
  /** Name of the ledger as its manifests have it. */
  origin: string;
  segments: number;
  records: number;
  /** Segments whose objects were deleted, as a certificate beside them says that the ledger's keys signed. */
  destroyed: number;
  /** In words, by segment. Empty: all of it holds together. */
  faults: { segment: bigint; say: string }[];
  /** Faults beyond those. */
  more: number;
  /** Whether keys from elsewhere were given; else the manifests' own were used, which shows that the archive agrees with itself. */
  trusted: boolean;
  /** Verifier keys that signed, for comparison. */
  signedBy: string[];
  /** Entries from the first on without a gap, whose tree was made. */
  whole: bigint;
  /** Checkpoints within them, and how many of these have another root. */
  roots: { compared: number; apart: number };
}

const NAME = /^(.+)\/(\d{12})\.(manifest|jsonl\.gz|destroyed-[0-9a-f]{12})$/;

interface Found {
  manifests: Map<bigint, string[]>;
  objects: Map<string, string[]>;
  /** Certificates of destruction, by segment. */
  certificates: Map<bigint, { key: string; versionId: string }[]>;
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
    const found = folders.get(folder) ?? { manifests: new Map(), objects: new Map(), certificates: new Map() };
    folders.set(folder, found);
    if (kind === 'manifest') found.manifests.set(BigInt(number), [...(found.manifests.get(BigInt(number)) ?? []), versionId]);
    else if (kind.startsWith('destroyed-')) {
      const name = BigInt(number);
      found.certificates.set(name, [...(found.certificates.get(name) ?? []), { key, versionId }]);
    } else found.objects.set(key, [...(found.objects.get(key) ?? []), versionId]);
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
    destroyed: 0,
    faults: [],
    more: 0,
    trusted: trusted !== null,
    signedBy: [],
    whole: 0n,
    roots: { compared: 0, apart: 0 },
  };
  const positions = new Positions();
  const checkpoints = new Map<bigint, Uint8Array>();
  let previous: Uint8Array | null = null;
  // Those that there are: a name can claim any number.
  const numbers = [...found.manifests.keys()].sort((a, b) => (a < b ? -1 : 1));
  const givenUp = await abandonedIn(store, folder, found, numbers, trusted);
  let behind = 0n;
  for (const number of numbers) {
    const tell = (say: string) => add(findings, number, say);
    if (givenUp.some(({ from, to }) => from <= number && number <= to)) continue;
    const name = `${folder}/${String(number).padStart(12, '0')}`;
    const opened: Opened | null = await openOne(
      store,
      `${name}.manifest`,
      found.manifests.get(number) ?? [],
      { previous, behind, number, trusted, origin: findings.origin },
      tell,
    );
    onSegment?.(number);
    const first = opened?.manifest.abandoned?.from ?? number;
    if (first > behind + 1n)
      add(
        findings,
        behind + 1n,
        first === behind + 2n ? 'its manifest is not there' : `the manifests of segments ${behind + 1n} to ${first - 1n} are not there`,
      );
    behind = number;
    if (opened === null) {
      previous = null;
      continue;
    }
    const { manifest, note, signers } = opened;
    findings.origin ||= manifest.ledger;
    for (const key of signers) if (!findings.signedBy.includes(key)) findings.signedBy.push(key);
    previous = new Uint8Array(hash('sha256', note, 'buffer'));
    checkCheckpoint(manifest, trusted, checkpoints, tell);
    const versions = found.objects.get(manifest.object) ?? [];
    if (versions.length === 0 && (await isDestroyed(store, manifest, found.certificates.get(number) ?? [], trusted))) findings.destroyed++;
    else if (await readOne(store, manifest, versions, positions, tell)) {
      findings.segments++;
      findings.records += manifest.rows;
    }
  }
  for (const say of positions.links(findings.origin)) add(findings, 0n, say);
  const tree = compareTree(positions, checkpoints);
  for (const say of tree.faults) add(findings, 0n, say);
  Object.assign(findings, { whole: tree.whole, roots: tree.roots });
  return findings;
}

/** As many faults are kept; more are counted. */
const FAULTS_KEPT = 1_000;

function add(findings: ArchiveFindings, segment: bigint, say: string): void {
  if (findings.faults.length < FAULTS_KEPT) findings.faults.push({ segment, say });
  else findings.more++;
}

/** Numbers that a signed manifest tells as given up: what lies under their names, if anything, was never confirmed. */
async function abandonedIn(
  store: ArchiveStore,
  folder: string,
  found: Found,
  numbers: readonly bigint[],
  trusted: readonly SignerKeyDto[] | null,
): Promise<SeqRange[]> {
  const ranges: SeqRange[] = [];
  for (const number of numbers) {
    for (const versionId of found.manifests.get(number)!) {
      try {
        const note = await patiently(() =>
          readSmall(store, `${folder}/${String(number).padStart(12, '0')}.manifest`, versionId, MAX_NOTE_BYTES),
        );
        if (note === null) continue;
        const said = readManifest(note);
        const manifest = openManifest(note, keysInForce(trusted ?? said.keys, said.checkpoint.size), said.ledger);
        if (manifest.number === number && manifest.abandoned !== undefined) ranges.push(manifest.abandoned);
      } catch (error) {
        // Told where its turn comes.
        if (!(error instanceof NoteError) && !(error instanceof StoreFault)) throw error;
      }
    }
  }
  return ranges;
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
    behind,
    number,
    trusted,
    origin,
  }: { previous: Uint8Array | null; behind: bigint; number: bigint; trusted: readonly SignerKeyDto[] | null; origin: string },
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
      const first = manifest.abandoned?.from ?? number;
      // Where one between is not there, what it was is not known.
      const before = first === behind + 1n ? previous : null;
      const follows =
        first === 1n
          ? manifest.previous === null
          : manifest.previous !== null && (before === null || equalBytes(manifest.previous, before));
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

/** Whether a certificate that the ledger's keys signed says that this object was deleted. */
async function isDestroyed(
  store: ArchiveStore,
  { ledger, number, keys, object }: ArchiveManifest,
  certificates: readonly { key: string; versionId: string }[],
  trusted: readonly SignerKeyDto[] | null,
): Promise<boolean> {
  for (const { key, versionId } of certificates) {
    try {
      const note = await patiently(() => readSmall(store, key, versionId, MAX_NOTE_BYTES));
      if (note === null) continue;
      const size = BigInt(readCertificate(note).checkpoint.size);
      // Where no keys are given, those of the manifest, which may be older than the certificate: then its own, as with manifests.
      const inForce = keysInForce(trusted ?? [...keys, ...readCertificate(note).keys], size);
      const { objects } = openCertificate(note, inForce, ledger);
      if (objects.list.some((one) => one.segment === String(number) && one.object === object && one.state === 'removed')) return true;
    } catch (error) {
      if (!(error instanceof NoteError) && !(error instanceof StoreFault)) throw error;
    }
  }
  return false;
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
  const [first, last] = [manifest.ranges[0]!.from, manifest.ranges.at(-1)!.to];
  if (first / LEAF !== last / LEAF) {
    tell(`${manifest.object}: it reaches from ${first} to ${last}, and no segment does`);
    return false;
  }
  // An unlocked copy, which anybody can put over it who may write, says nothing of the one below.
  let sound: { wrong: string | null; found: Linked[] } | null = null;
  for (const versionId of versions) {
    try {
      const found: Linked[] = [];
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
      if (sound === null || wrong === null) sound = { wrong, found };
      if (wrong === null) break;
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      why = `${manifest.object}: ${error.message}`;
    }
  }
  if (sound === null) {
    tell(why);
    return false;
  }
  if (sound.wrong !== null) tell(`${manifest.object}: ${sound.wrong}`);
  for (const entry of sound.found)
    if (!positions.add(entry.seq, entry.previousHash, entry.integrityHash)) tell(`entry ${entry.seq} is in two segments`);
  return true;
}

interface Linked {
  seq: bigint;
  previousHash: Uint8Array;
  integrityHash: Uint8Array;
}
