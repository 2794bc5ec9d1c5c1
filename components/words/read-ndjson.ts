import type { RevealLine } from '@/lib/schema/words';

export type RevealEnd = Extract<RevealLine, { end: true }>;
export type RevealedPart = Exclude<RevealLine, { end: true }>;

/**
 * Lines of a reveal as they come. @returns the last one, which says where the next reveal would begin
 * @throws Error where the stream ended before it, so that a part that never came is not taken for one that is not there
 */
export async function readRevealed(body: ReadableStream<Uint8Array>, onPart: (part: RevealedPart) => void): Promise<RevealEnd> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let parts = 0;
  let end: RevealEnd | null = null;
  for (;;) {
    const { value, done } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const lines = rest.split('\n');
    rest = lines.pop()!;
    for (const text of lines) {
      if (text === '') continue;
      const line = JSON.parse(text) as RevealLine;
      if ('end' in line) end = line;
      else {
        parts++;
        onPart(line);
      }
    }
    if (done) break;
  }
  if (end === null || end.parts !== parts)
    throw new Error('The words ended before they were complete. What is shown may not be all; reveal them again.');
  return end;
}
