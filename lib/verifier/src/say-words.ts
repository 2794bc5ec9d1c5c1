import type { BundlePart, BundleWords } from '@/lib/chain/bundle-words';

/** A part in a line, and its words; null where there are none, and the line says why. Both are hostile text. */
export interface SaidPart {
  head: string;
  text: string | null;
}

export async function sayWords(words: BundleWords, part: BundlePart): Promise<SaidPart> {
  const name = `${part.commitment.part} ${part.commitment.index}`;
  if (part.absent !== null) return { head: `${name}: ${part.absent.say}`, text: null };
  if (part.ciphertext === null) return { head: `${name}: not in this bundle, which does not say why`, text: null };
  const opened = await words.open(part);
  if (opened === null) return { head: `${name}: what is here is not what the record commits to`, text: null };
  if (opened === 'no_cipher') return { head: `${name}: sealed; this page was opened in a way that gives it no cipher`, text: null };
  const count = [...opened.text].length;
  return { head: `${name}, ${count.toLocaleString('en')} ${count === 1 ? 'character' : 'characters'}`, text: opened.text };
}
