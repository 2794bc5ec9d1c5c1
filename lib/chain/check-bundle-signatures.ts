import type { SignerKeyDto } from '@/lib/schema/proofs';
import { type BundleManifest, CHECKPOINT } from './bundle-format';
import type { BundleBreak, CheckList } from './bundle-verdict';
import { equalBytes, fromHex, toHex } from './bytes';
import { type Checkpoint, parseCheckpoint } from './checkpoint';
import { halfSigned } from './half-signed';
import { keysInForce } from './keys-in-force';
import { type Note, NoteError, parseNote } from './signed-note';
import { COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, parseVerifierKey, type VerifierKey } from './verifier-key';
import { verifySignature } from './verify-note';

const KIND: Record<number, string> = { 1: 'Ed25519', 4: 'Ed25519', 6: 'ML-DSA-44' };

/**
 * The checkpoint, and who signed it.
 * @param own the bundle's keys. @param trusted verifier keys from elsewhere; where there are some, only they count.
 * @returns its size and root; null where there is no checkpoint that can be read.
 */
export function checkSignatures(
  bytes: Uint8Array | undefined,
  manifest: BundleManifest,
  own: readonly SignerKeyDto[],
  trusted: readonly string[],
  list: CheckList,
): { size: bigint; root: Uint8Array } | null {
  const fail = (say: string, found: string, code: BundleBreak['code'] = 'checkpoint_signature_invalid') =>
    list.fail('signatures', say, [{ seq: null, path: CHECKPOINT, code, expected: 'a checkpoint that a key of the ledger signed', found }]);
  let note: Note;
  let checkpoint: Checkpoint;
  try {
    note = parseNote(bytes ?? new Uint8Array(0));
    checkpoint = parseCheckpoint(note.text);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    fail('The checkpoint cannot be read.', error.message, 'malformed');
    return null;
  }
  const { size, root, origin } = checkpoint;
  const said = manifest.checkpoint;
  if (said.origin !== origin || said.size !== String(size) || !equalBytes(fromHex(said.root), root))
    list.fail('signatures', 'The manifest names another checkpoint than the one in the bundle.', [
      {
        seq: null,
        path: CHECKPOINT,
        code: 'root_mismatch',
        expected: `${said.origin} ${said.size} ${said.root}`,
        found: `${origin} ${size} ${toHex(root)}`,
      },
    ]);
  const { origin: ledger } = manifest.ledger;
  const incarnation = incarnationOf(origin, ledger);
  if (incarnation === null)
    fail(`The bundle says that it is of ${ledger}, and its checkpoint is of another ledger.`, origin, 'origin_mismatch');
  else if (incarnation !== said.incarnation)
    fail(
      `The bundle says that its checkpoint is of incarnation ${said.incarnation}, and its origin says ${incarnation}.`,
      origin,
      'origin_mismatch',
    );
  else if (incarnation > 1)
    list.note(
      `${origin} is not this ledger’s first name: it began after a restored backup or a rewritten history. Ask what came before it.`,
    );
  let keys: VerifierKey[];
  try {
    keys = trusted.length > 0 ? [...new Set(trusted)].map(parseVerifierKey) : keysInForce(own, size);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    if (trusted.length > 0) list.skip('signatures', `A key that you gave cannot be read, so that none was tried: ${error.message}`);
    else fail('A key of the bundle cannot be read.', error.message, 'malformed');
    return { size, root };
  }
  judge(note, checkpoint, keys, trusted.length > 0, list, fail);
  return { size, root };
}

/** Which one an origin is of, by what was signed; null where it is of another ledger. */
function incarnationOf(origin: string, ledger: string): number | null {
  if (origin === ledger) return 1;
  const prefix = `${ledger}/incarnations/`;
  const number = origin.startsWith(prefix) ? origin.slice(prefix.length) : '';
  return /^[1-9]\d{0,8}$/.test(number) && number !== '1' ? Number(number) : null;
}

function judge(
  note: Note,
  checkpoint: Checkpoint,
  keys: readonly VerifierKey[],
  fromElsewhere: boolean,
  list: CheckList,
  fail: (say: string, found: string) => void,
): void {
  const results = keys.map((key) => ({ key, result: verifySignature(note, key) }));
  const bad = results.find(({ result }) => !result.ok && result.why !== 'absent');
  if (bad !== undefined) {
    fail('A signature of the checkpoint does not verify.', `${bad.key.name}: ${bad.result.ok ? '' : bad.result.why}`);
    return;
  }
  const good = results.filter(({ result }) => result.ok);
  const log = good.filter(({ key }) => key.name === checkpoint.origin);
  const witnesses = good.filter(
    ({ key }) => key.name !== checkpoint.origin && (key.type === COSIGNATURE_ED25519 || key.type === COSIGNATURE_ML_DSA_44),
  );
  if (log.length === 0) {
    // Keys of another ledger, of another time, or this ledger's and the bundle a stranger's: which of these, the bundle cannot tell.
    if (fromElsewhere)
      list.skip(
        'signatures',
        'None of the keys that you gave signed this checkpoint: this is not evidence of the ledger that they belong to.',
      );
    else fail('No key of the ledger signed this checkpoint.', 'no signature of theirs');
    return;
  }
  const missing = halfSigned(
    checkpoint.origin,
    keys,
    log.map(({ key }) => key),
  );
  if (missing !== null) {
    list.skip(
      'signatures',
      `The ledger signs in two ways, and a key of ${missing} is known; the checkpoint bears no signature of that kind: it was taken off, or was never there.`,
    );
    return;
  }
  list.signedBy = fromElsewhere ? 'given' : 'own';
  const times = log.flatMap(({ result }) =>
    result.ok && result.timestamp !== undefined && result.timestamp > 0n ? [result.timestamp] : [],
  );
  const when = times.length === 0 ? '' : `, which says ${formatSeconds(times[0])}`;
  list.pass(
    'signatures',
    `Checkpoint of ${checkpoint.size} entries, signed by ${checkpoint.origin} (${log.map(({ key }) => KIND[key.type]).join(' and ')})${when}; ${fromElsewhere ? 'by keys that you gave' : 'by keys that came with it'}.`,
  );
  if (!fromElsewhere)
    list.note(
      'Whose it is: the keys came with the bundle, and anyone can make such a bundle with keys of their own. Give the ledger’s keys that you have from elsewhere, and this is checked too.',
    );
  const others = new Set(note.signatures.filter(({ name }) => name !== checkpoint.origin).map(({ name }) => name));
  if (witnesses.length > 0)
    list.pass('witnesses', `Cosigned by ${[...new Set(witnesses.map(({ key }) => key.name))].join(', ')}, whose keys you gave.`);
  else if (others.size > 0)
    list.skip('witnesses', `It bears signatures of ${[...others].slice(0, 8).join(', ')}; give their keys to have them checked.`);
  else list.skip('witnesses', 'No witness has cosigned it.');
}

function formatSeconds(seconds: bigint): string {
  return seconds > 8_640_000_000_000n ? 'a time out of range' : new Date(Number(seconds) * 1000).toISOString();
}
