import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { formatNote } from '@/lib/chain/signed-note';
import { formatVerifierKey, type VerifierKey } from '@/lib/chain/verifier-key';
import { formatAddCheckpoint } from '@/lib/chain/witness-request';
import { NaiveTree, numberedLeaves } from './naive-tree';
import { testSigner } from './sign-notes';

/** A log that a test submits to witnesses, honest or not: what it signs is up to the test. */
export class WitnessedLog {
  readonly tree = new NaiveTree(numberedLeaves(300));
  readonly #signers: ReturnType<typeof testSigner>[];

  constructor(
    readonly origin = 'log.example/one',
    seed = 1,
  ) {
    this.#signers = [testSigner(origin, 0x01, seed), testSigner(origin, 0x06, seed)];
  }

  get keys(): VerifierKey[] {
    return this.#signers.map(({ key }) => key);
  }

  get vkeys(): string[] {
    return this.keys.map(formatVerifierKey);
  }

  /** @param root of another tree, where the log lies. */
  note(size: number, root: Uint8Array = this.tree.root(size)): string {
    const text = formatCheckpoint({ origin: this.origin, size: BigInt(size), root, extensions: [] });
    return formatNote(
      text,
      this.#signers.map((signer) => signer.sign(text)),
    );
  }

  /** Body of add-checkpoint from one size to another. */
  request(oldSize: number, size: number, note = this.note(size)): string {
    return formatAddCheckpoint({ oldSize: BigInt(oldSize), proof: this.tree.proof(oldSize, size), note });
  }
}
