/** What a person in the terminal reads. Log lines go to stderr as JSON; this is stdout. */
const started = Date.now();

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A step of the start, with the seconds since it began. */
export function step(text: string): void {
  say(`  ${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`);
}
