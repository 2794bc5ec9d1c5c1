import type { BundleEntry, BundleManifest } from './bundle-format';
import type { BundleWords } from './bundle-words';

export type BundleBreakCode =
  | 'malformed'
  | 'file_missing'
  | 'file_altered'
  | 'file_extra'
  | 'body_altered'
  | 'id_mismatch'
  | 'hash_mismatch'
  | 'link_broken'
  | 'time_reversed'
  | 'proof_invalid'
  | 'root_mismatch'
  | 'origin_mismatch'
  | 'checkpoint_signature_invalid'
  | 'stamp_mismatch'
  | 'conversation_gap'
  | 'scope_mismatch'
  | 'content_missing'
  | 'content_mismatch';

export interface BundleBreak {
  /** Decimal position, null where it is about a file. */
  seq: string | null;
  path: string;
  code: BundleBreakCode;
  expected: string;
  found: string;
}

export interface BundleCheck {
  name:
    | 'archive'
    | 'manifest'
    | 'files'
    | 'entries'
    | 'keys'
    | 'signatures'
    | 'witnesses'
    | 'bodies'
    | 'hashes'
    | 'links'
    | 'inclusion'
    | 'anchors'
    | 'scope'
    | 'words';
  outcome: 'passed' | 'failed' | 'not_checked';
  say: string;
}

export interface BundleVerdict {
  /**
   * valid: all that can be checked agrees, there is at least one record, and a key that was given from elsewhere signed. consistent: the same, signed by keys
   * that came with the bundle: anyone can make such a bundle from nothing. cannot_verify: nothing contradicts, but nobody who is known signed, there is
   * nothing that it could be about, or a conversation is not shown to be whole.
   */
  verdict: 'valid' | 'consistent' | 'tampered' | 'cannot_verify';
  checks: BundleCheck[];
  /** In the order in which they were found, at most 1,000; breaks_total counts all. */
  breaks: BundleBreak[];
  breaks_total: number;
  /** What no check of this bundle can tell, a sentence each. */
  not_checked: string[];
  manifest: BundleManifest | null;
  entries: readonly BundleEntry[];
  /** Of a bundle with words; null of one without. */
  words: BundleWords | null;
}

const KEPT = 1_000;
const NO_WORDS = 'Words of conversations: they are not in this bundle.';
/** What no bundle can prove, however sound. */
const NEVER = [
  'Whether the agents told everything, or the truth.',
  'Records outside this bundle, and what was recorded after its checkpoint.',
  'report.html, report.pdf, words.csv, README.txt and verify.html of this bundle, the name that it gives the ledger, and the number that it gives the checkpoint: they are for reading and no evidence. What is proven is the records, and the words that are opened from content/; take the verifier from somewhere else than the bundle that it is to judge.',
];

/** Collects checks as they are made. */
export class CheckList {
  readonly #checks: BundleCheck[] = [];
  readonly #breaks: BundleBreak[] = [];
  readonly #notes: string[] = [];
  #total = 0;
  /** Whose key of the log signed the checkpoint: one from elsewhere, or one that came with the bundle. */
  signedBy: 'given' | 'own' | null = null;
  #withheld = false;

  /** What the bundle claims to be cannot be shown, though nothing contradicts it: it is not to be called valid. */
  withhold(): void {
    this.#withheld = true;
  }

  pass(name: BundleCheck['name'], say: string): void {
    this.#checks.push({ name, outcome: 'passed', say });
  }

  fail(name: BundleCheck['name'], say: string, breaks: readonly BundleBreak[]): void {
    this.#checks.push({ name, outcome: 'failed', say });
    this.#total += breaks.length;
    for (const one of breaks) if (this.#breaks.length < KEPT) this.#breaks.push(one);
  }

  skip(name: BundleCheck['name'], say: string): void {
    this.#checks.push({ name, outcome: 'not_checked', say });
  }

  settle(name: BundleCheck['name'], breaks: readonly BundleBreak[], passed: string, failed: string): void {
    if (breaks.length === 0) this.pass(name, passed);
    else this.fail(name, failed, breaks);
  }

  note(say: string): void {
    this.#notes.push(say);
  }

  verdict(manifest: BundleManifest | null, entries: readonly BundleEntry[], words: BundleWords | null = null): BundleVerdict {
    const failed = this.#checks.some(({ outcome }) => outcome === 'failed');
    const shown = this.signedBy !== null && !this.#withheld && entries.length > 0;
    const sound = this.signedBy === 'given' ? 'valid' : 'consistent';
    return {
      verdict: manifest === null ? 'cannot_verify' : failed ? 'tampered' : shown ? sound : 'cannot_verify',
      checks: this.#checks,
      breaks: this.#breaks,
      breaks_total: this.#total,
      not_checked: [...this.#notes, ...(manifest?.content === true ? [] : [NO_WORDS]), ...NEVER],
      manifest,
      entries,
      words,
    };
  }
}
