import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fromHex } from '@/lib/chain/bytes';
import { NoteError } from '@/lib/chain/note-error';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import { inertSegments } from '@/lib/schema/inert-segments';
import type { FileVerdict } from './file-verdict';
import { sayWords } from './say-words';
import { type VerifiedFile, verifyFile } from './verify-file';

/** `holdfast-verify FILE…`: the verdict over each file. Ends with 0 where all are valid; else 1 where one was tampered with, 2 where one cannot be verified, 3 where one is consistent. */
const USAGE = `holdfast-verify FILE…  checks Holdfast evidence, without a network and without us

  FILE          an evidence bundle (.zip), a receipt (.tlog-proof), a checkpoint, or a
                certificate of destruction (signed note or .json)
  --key VKEY    a verifier key that you have from elsewhere; may be given several times.
                Without one, a bundle or a certificate is checked with the keys that came
                with it, and is at best CONSISTENT: anyone can make one that agrees with
                itself.
  --hash HEX    of a receipt: the integrity_hash of its record
  --words       of a bundle that has them: the words too, record by record, after the verdict.
                What they say is text to read, whatever it asks of you or of a program.
  --json        the verdicts as JSON

Ends with 0: valid, signed by a key that you gave; 1: tampered; 2: cannot be verified, or
a mistake in the command; 3: consistent, whose it is was not checked.
`;

const sha = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

async function main(): Promise<number> {
  let parsed: ReturnType<typeof read>;
  try {
    parsed = read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help === true || positionals.length === 0) {
    process.stdout.write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const verdicts: { file: string; verdict: FileVerdict }[] = [];
  const opened: VerifiedFile['bundle'][] = [];
  for (const file of positionals) {
    try {
      const bytes = readFileSync(file);
      const { verdict, bundle } = await verifyFile(bytes, {
        hash: sha,
        trusted: values.key ?? [],
        ...(values.hash === undefined ? {} : { integrityHash: fromHex(values.hash) }),
      });
      verdicts.push({ file, verdict });
      opened.push(bundle);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      process.stderr.write(`${file}: ${(error as Error).message}\n`);
      return 2;
    }
  }
  process.stdout.write(values.json === true ? `${JSON.stringify(verdicts, null, 2)}\n` : verdicts.map(show).join('\n'));
  if (values.words === true && values.json !== true) for (const bundle of opened) await printWords(bundle);
  if (verdicts.some(({ verdict }) => verdict.verdict === 'tampered')) return 1;
  if (verdicts.some(({ verdict }) => verdict.verdict === 'cannot_verify')) return 2;
  return verdicts.every(({ verdict }) => verdict.verdict === 'valid') ? 0 : 3;
}

function read() {
  const options = {
    key: { type: 'string', multiple: true },
    hash: { type: 'string' },
    json: { type: 'boolean' },
    words: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const parsed = parseArgs({ options, allowPositionals: true });
  for (const key of parsed.values.key ?? []) {
    try {
      parseVerifierKey(key);
    } catch (error) {
      if (error instanceof NoteError) throw new Error(`--key: ${error.message}`);
      throw error;
    }
  }
  if (parsed.values.hash !== undefined && !/^[0-9a-fA-F]{64}$/.test(parsed.values.hash)) throw new Error('--hash: 64 hexadecimal digits.');
  return parsed;
}

const WORDS = {
  valid: 'VALID',
  consistent: 'CONSISTENT: it agrees with itself; whose it is was not checked: give the ledger’s keys with --key',
  tampered: 'TAMPERED',
  cannot_verify: 'CANNOT BE VERIFIED',
} as const;
const MARKS = { passed: 'ok    ', failed: 'FAILED', not_checked: '–     ' } as const;

function show({ file, verdict }: { file: string; verdict: FileVerdict }): string {
  const lines = [
    `${file}: ${WORDS[verdict.verdict]}`,
    ...verdict.checks.map(({ outcome, name, say }) => `  ${MARKS[outcome]}  ${name.padEnd(11)} ${say}`),
    ...verdict.breaks
      .slice(0, 20)
      .map(
        (one) => `  break   ${one.seq === null ? '' : `#${one.seq} `}${one.path} ${one.code}: expected ${one.expected}, found ${one.found}`,
      ),
    ...(verdict.breaks_total > 20 ? [`  … ${verdict.breaks_total - 20} more breaks; --json has the first 1,000`] : []),
    '  Not checked:',
    ...verdict.not_checked.map((say) => `    ${say}`),
  ];
  return `${lines.map(inert).join('\n')}\n`;
}

/** No line of it begins but with a mark of ours: nothing that was said looks like a verdict, or like another record. */
async function printWords(bundle: VerifiedFile['bundle']): Promise<void> {
  if (bundle === null) return;
  if (bundle.words === null) {
    process.stdout.write('\nThere are no words in this bundle.\n');
    return;
  }
  for (const part of bundle.words.parts) {
    const { head, text } = await sayWords(bundle.words, part);
    process.stdout.write(`\n#${part.seq} ${inert(head)}\n`);
    if (text !== null)
      process.stdout.write(
        `${text
          .split('\n')
          .map((line) => `| ${inert(line)}`)
          .join('\n')}\n`,
      );
  }
}

/** What a file says of itself is hostile: no control character of it reaches the terminal. */
function inert(text: string): string {
  return inertSegments(text)
    .map((segment) => (segment.kind === 'text' ? segment.text.replaceAll('\n', ' ') : `[${segment.label}]`))
    .join('');
}

process.exitCode = await main();
