import 'server-only';
import type { ChainBreakCode } from '@/lib/chain/verify-chain';
import type { Check, CheckName } from '@/lib/schema/verification';
import type { ArchivedRanges } from './archived-ranges';
import type { ContentFindings } from './check-content';
import type { ArchiveSums } from './compare-archive-sums';
import type { HoldsFindings } from './compare-holds';
import type { DestroyedRanges } from './destroyed-ranges';
import type { ProofState } from './read-proof-state';
import type { TreeFindings } from './tree-walk';
import type { ObjectsFindings } from './verify-archive';
import type { CodeCounts } from './verify-chunk';
import type { CheckpointsFindings } from './walk-checkpoints';

/** What became of a look at the signer's own memory. */
export type MemoryFinding =
  | { state: 'none'; why: string }
  | { state: 'compared'; size: bigint; agrees: boolean }
  /** It goes further than this run. */
  | { state: 'beyond'; size: bigint };

/** All that a run over entries found, as far as its sentences need it. */
export interface EntriesFindings {
  whole: boolean;
  from: bigint;
  to: bigint;
  checked: number;
  codes: CodeCounts;
  /** Breaks against heads that earlier runs saw. */
  heads: number;
  content: ContentFindings;
  /** Null: not looked at. */
  holds: HoldsFindings | null;
  /**
   * What is in the archive, how many of these entries have their bodies there alone, what is counted of all that has left (null: not looked at), and what became of the
   * objects where they were fetched.
   */
  archive: { archived: ArchivedRanges; here: number; sums: ArchiveSums | null; objects: ObjectsFindings | null };
  /** What was destroyed, and how many of these entries have no body because of it. */
  destroyed: { destroyed: DestroyedRanges; here: number };
  tree: TreeFindings | null;
  checkpoints: CheckpointsFindings;
  beyond: { breaks: number; settled: bigint };
  gone: number;
  state: ProofState;
  memory: MemoryFinding;
  /** Beside whose keys they are: how many rotations the access ledger has, and in how many places the sizes for which keys count are others. */
  keys: { outcome: Check['outcome']; say: string; rotations: number; rangesApart: number };
  /** What was signed at the beginning of each later incarnation. */
  statements: { checked: number; breaks: number };
}

const ENTRIES: ChainBreakCode[] = [
  'body_altered',
  'body_missing',
  'link_broken',
  'hash_mismatch',
  'sequence_gap',
  'sequence_duplicate',
  'time_reversed',
  'entry_missing',
];
const number = (value: number | bigint) => value.toLocaleString('en');
const count = (value: number | bigint, noun: string) => `${number(value)} ${noun}${BigInt(value) === 1n ? '' : 's'}`;
const sum = (codes: CodeCounts, which: readonly ChainBreakCode[]) => which.reduce((total, code) => total + (codes[code] ?? 0), 0);

/** One line for each kind of look, in order; what a run did not look at is among them. */
export function sayChecks(found: EntriesFindings): Check[] {
  const { whole, checked, codes, tree, state, checkpoints } = found;
  const lines: Check[] = [];
  const add = (name: CheckName, outcome: Check['outcome'], say: string) => lines.push({ name, outcome, say });
  const judge = (name: CheckName, breaks: number, say: string) =>
    add(name, breaks === 0 ? 'passed' : 'failed', breaks === 0 ? `${say}.` : `${say}: ${count(breaks, 'break')}.`);
  const where = whole ? '' : `, positions ${number(found.from)} to ${number(found.to)}`;

  judge(
    'entries',
    sum(codes, ENTRIES),
    `${checked === 1 ? '1 entry' : `${number(checked)} entries`}${where}: number, time, hash, link to the one before, and body`,
  );
  const people = whole ? ' and of who is named in them' : '';
  judge(
    'columns',
    codes.projection_altered ?? 0,
    `The columns beside each body, and the list of conversations${people}, against the bodies`,
  );
  if (whole) judge('conversations', codes.conversation_gap ?? 0, 'The numbers within each conversation, without a gap');
  else add('conversations', 'not_checked', 'Conversations as a whole are looked at by a run over the whole ledger.');
  lines.push(sayContent(found.content, codes));
  lines.push(...sayHolds(found.holds));
  lines.push(...sayArchive(found.archive));
  lines.push(...sayDestroyed(found.destroyed));
  judge('earlier_runs', found.heads, 'What earlier runs had seen');

  if (tree === null || (tree.tilesCompared === 0 && tree.tileBreaks === 0))
    add('tiles', 'not_checked', 'No full tile of the tree is kept yet.');
  else
    judge(
      'tiles',
      tree.tileBreaks,
      `${count(tree.tilesCompared, 'tile')} of the tree against the entries${whole ? '' : '; tiles before them were taken as they are'}`,
    );

  if (state.newest === null) {
    add(
      'checkpoints',
      found.gone > 0 ? 'failed' : 'not_checked',
      found.gone > 0 ? 'Every checkpoint is gone.' : 'No checkpoint was signed yet: nothing outside the database vouches for its end.',
    );
  } else {
    const of = whole ? '' : ' of these entries';
    judge(
      'checkpoints',
      checkpoints.breaks + found.gone,
      `${count(checkpoints.checked, 'checkpoint')}${of}: number, time, size and Ed25519 signature`,
    );
    sayMlDsa(add, checkpoints);
    sayRoots(add, found);
  }
  sayKeys(add, found.keys);
  sayMemory(add, found.memory);
  sayIncarnations(add, found);
  add(
    'anchors',
    'not_checked',
    'Cosignatures of witnesses, time stamps and copies elsewhere are compared where they are held, or by bringing one here.',
  );
  return lines;
}

/** Sealed words, which no key is asked for. */
export function sayContent({ parts, shredded }: ContentFindings, codes: CodeCounts): Check {
  const breaks = (codes.content_missing ?? 0) + (codes.content_mismatch ?? 0);
  if (parts === 0 && breaks === 0) return { name: 'content', outcome: 'not_checked', say: 'None of these records has words in the vault.' };
  const gone = shredded === 0 ? '' : `; the keys of ${number(shredded)} were destroyed by shreddings`;
  const say = `${count(parts, 'sealed part')} against what their records commit to, without opening them${gone}`;
  return {
    name: 'content',
    outcome: breaks === 0 ? 'passed' : 'failed',
    say: breaks === 0 ? `${say}.` : `${say}: ${count(breaks, 'break')}.`,
  };
}

/** Nothing where no hold was ever placed. */
function sayHolds(found: HoldsFindings | null): Check[] {
  if (found === null)
    return [{ name: 'holds', outcome: 'not_checked', say: 'Legal holds are held against the access log by a run over the whole ledger.' }];
  const { holds, breaks } = found;
  if (holds === 0 && breaks.length === 0) return [];
  const say = `${count(holds, 'legal hold')} against the entries of the access log: placed as they say, released by two people, in force until then`;
  if (breaks.length > 0) return [{ name: 'holds', outcome: 'failed', say: `${say}: ${count(breaks.length, 'break')}.` }];
  return [{ name: 'holds', outcome: 'passed', say: `${say}.` }];
}

/** Nothing where nothing is archived, and nothing is counted as if it were. */
function sayArchive({ archived, here, sums, objects }: EntriesFindings['archive']): Check[] {
  const { segments, records } = archived;
  const breaks = [...archived.breaks, ...(sums?.breaks ?? [])];
  if (segments === 0 && breaks.length === 0) return [];
  const bodies = here === 0 ? 'all of their bodies are here too' : `the bodies of ${number(here)} of these entries are there alone`;
  const say = `${count(segments, 'archive segment')} of ${count(records, 'record')}: manifests, signed and in order; ${bodies}${sums === null ? '' : `; what is counted of the ${count(sums.left, 'record')} that left the database`}`;
  const manifests: Check = {
    name: 'archive',
    outcome: breaks.length === 0 ? 'passed' : 'failed',
    say: breaks.length === 0 ? `${say}.` : `${say}: ${count(breaks.length, 'break')}.`,
  };
  return [manifests, sayObjects(objects)];
}

/** Nothing where nothing was destroyed. */
function sayDestroyed({ destroyed, here }: EntriesFindings['destroyed']): Check[] {
  const { destructions, certified, breaks } = destroyed;
  if (destructions === 0 && breaks.length === 0) return [];
  const under = destructions - certified;
  const say = `${count(destructions, 'destruction')}, ${number(certified)} certified${under === 0 ? '' : `, ${number(under)} under way`}: signed, asked for by one person and approved by another as the access ledger has it; ${number(here)} of these entries have no body because of ${destructions === 1 ? 'it' : 'them'}`;
  return [
    {
      name: 'destructions',
      outcome: breaks.length === 0 ? 'passed' : 'failed',
      say: breaks.length === 0 ? `${say}.` : `${say}: ${count(breaks.length, 'break')}.`,
    },
  ];
}

export function sayObjects(objects: ObjectsFindings | null): Check {
  const name = 'archive_objects';
  if (objects === null)
    return {
      name,
      outcome: 'not_checked',
      say: 'What lies in the archive was not fetched; a run with the archive as its source does that.',
    };
  const { sound, records, breaks, unreachable } = objects;
  const say = `${count(sound, 'archive object')} fetched, ${count(records, 'record')} in them: lock, bytes, every body, and every header against the one here`;
  if (breaks > 0) return { name, outcome: 'failed', say: `${say}: ${count(breaks, 'break')}.` };
  if (unreachable > 0)
    return {
      name,
      outcome: 'not_checked',
      say: `${say}. ${count(unreachable, 'more')} could not be fetched: the store did not answer.`.replace('mores', 'more'),
    };
  return { name, outcome: 'passed', say: `${say}.` };
}

type Add = (name: CheckName, outcome: Check['outcome'], say: string) => void;

function sayMlDsa(add: Add, { checked, mlDsaChecked }: CheckpointsFindings): void {
  if (checked === 0n) return;
  const rest = checked - mlDsaChecked;
  if (mlDsaChecked === 0n) add('ml_dsa', 'not_checked', `ML-DSA-44 signatures of ${count(rest, 'checkpoint')}: none was in the sample.`);
  else
    add(
      'ml_dsa',
      rest === 0n ? 'passed' : 'not_checked',
      rest === 0n
        ? `ML-DSA-44 signatures of all ${number(checked)}.`
        : `ML-DSA-44 signatures of ${number(mlDsaChecked)} were checked, the newest among them; those of ${number(rest)} were not.`,
    );
}

function sayRoots(add: Add, { tree, beyond, state }: EntriesFindings): void {
  const compared = tree?.rootsCompared ?? 0n;
  const unknown = tree?.rootsUnknown ?? 0n;
  const apart = tree?.rootsApart ?? 0n;
  const left =
    unknown === 0n
      ? ''
      : ` The roots of ${count(unknown, 'checkpoint')} could not be computed: entries, or tiles before them, are missing.`;
  if (apart > 0n || beyond.breaks > 0)
    add(
      'roots',
      'failed',
      `The tree over the entries is not what ${apart === 0n ? 'checkpoints beyond the end' : count(apart, 'checkpoint')} signed.${left}`,
    );
  else if (unknown > 0n) add('roots', 'not_checked', left.trim());
  else if (compared === 0n) add('roots', 'not_checked', 'No checkpoint ends within these entries.');
  else
    add(
      'roots',
      'passed',
      `The tree over the entries has the root that each of ${count(compared, 'checkpoint')} signed, up to checkpoint ${number(state.newest?.number ?? 0n)}.`,
    );
}

function sayMemory(add: Add, memory: MemoryFinding): void {
  if (memory.state === 'none') add('signer_memory', 'not_checked', memory.why);
  else if (memory.state === 'beyond')
    add(
      'signer_memory',
      'not_checked',
      `The signer remembers ${count(memory.size, 'entry').replace('entrys', 'entries')}, beyond what this run looked at.`,
    );
  else
    add(
      'signer_memory',
      memory.agrees ? 'passed' : 'failed',
      `The signer’s own memory of ${number(memory.size)} entries ${memory.agrees ? 'agrees' : 'does not agree'} with them.`,
    );
}

function sayKeys(add: Add, { outcome, say, rotations, rangesApart }: EntriesFindings['keys']): void {
  if (rangesApart > 0)
    add(
      'keys',
      'failed',
      `${say} The sizes for which keys count are not those that the access ledger tells: ${count(rangesApart, 'break')}.`,
    );
  else
    add(
      'keys',
      outcome,
      rotations === 0 ? say : `${say} They count for the sizes that the access ledger tells: ${count(rotations, 'rotation')}.`,
    );
}

function sayIncarnations(add: Add, { state, tree, beyond, codes, statements }: EntriesFindings): void {
  if (state.incarnations.length < 2) return;
  if (statements.breaks > 0) {
    add(
      'incarnations',
      'failed',
      `What was signed at the beginning of an incarnation is not what the database says: ${count(statements.breaks, 'break')}.`,
    );
    return;
  }
  const older = state.incarnations.filter(({ number: one }) => one !== state.incarnation);
  const open = older.filter(({ number: one }) => !state.settled.has(one));
  const apart = (tree?.settledApart ?? 0n) + beyond.settled;
  const said = `This history is incarnation ${state.incarnation}: the database was found behind or beside what had been signed`;
  const contradicts = beyond.breaks > 0 || (codes.checkpoint_inconsistent ?? 0) > 0;
  if (open.length > 0) add('incarnations', contradicts ? 'failed' : 'passed', `${said}, and nobody has settled it.`);
  else
    add(
      'incarnations',
      'passed',
      `${said}; a person has settled it. ${count(apart, 'checkpoint')} of older incarnations ${apart === 1n ? 'says' : 'say'} otherwise.`,
    );
}
