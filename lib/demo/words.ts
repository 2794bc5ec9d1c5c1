import { Random } from './random';

/** What is said in one turn: some ways in which the person puts it, and some in which the agent answers. `$subject` is the person whom it is about. */
export interface Exchange {
  asks: readonly string[];
  answers: readonly string[];
}

/** By the title of the scenario, a turn after another; further turns are said with the last one's words. */
export type Dialogues = Readonly<Record<string, readonly Exchange[]>>;

/**
 * @param seed of the conversation: it goes on in the way in which it began
 * @returns null where the scenario has no words
 */
export function speak(
  dialogues: Dialogues,
  title: string,
  turn: number,
  speaker: 'asks' | 'answers',
  subject: string,
  seed: string,
): string | null {
  const turns = dialogues[title];
  const exchange = turns?.[Math.min(turn, turns.length - 1)];
  if (exchange === undefined) return null;
  const way = new Random(seed).between([0, 59]);
  const said = exchange[speaker];
  return said[way % said.length]!.replaceAll('$subject', subject);
}

/** A prompt, version by version: each says which lines go and which come after which. */
export interface PromptHistory {
  base: readonly string[];
  /** By version. `drop`: lines by their beginning; `after`: the line, by its beginning, that the new ones follow. */
  changes: Readonly<Record<string, { drop?: readonly string[]; after?: string; add?: readonly string[] }>>;
}

/** The whole text of a version: the base with every change up to it. */
export function promptText({ base, changes }: PromptHistory, versions: readonly string[], version: string): string {
  let lines = [...base];
  // A version that comes back is what it was.
  for (const one of new Set(versions.slice(0, versions.indexOf(version) + 1))) {
    const change = changes[one];
    if (change === undefined) continue;
    const { drop = [], after, add = [] } = change;
    const at = after === undefined ? lines.length - 1 : lines.findIndex((line) => line.startsWith(after));
    lines = [...lines.slice(0, at + 1), ...add, ...lines.slice(at + 1)].filter((line) => !drop.some((start) => line.startsWith(start)));
  }
  return `${lines.join('\n')}\n`;
}
