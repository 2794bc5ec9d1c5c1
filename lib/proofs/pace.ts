/** New entries are signed within a second while there is allowance left, then every ten seconds (decision 013). Milliseconds. */
const SOONEST_MS = 1_000;
const REFILL_MS = 10_000;
const MOST = 60;
export const HEARTBEAT_MS = 300_000;

/** An allowance of checkpoints that fills with time. Times are milliseconds of whatever clock the caller keeps to; it may be set forward and back. */
export class Pace {
  #left = MOST;
  #filledAt: number;
  #known: bigint | null = null;
  #knownSince: number;

  constructor(now: number) {
    this.#filledAt = now;
    this.#knownSince = now;
  }

  /** Whether a checkpoint is due. @param last its number and its signed time, null before the first; @param news whether entries came since. */
  isDue(now: number, last: { number: bigint; at: number } | null, news: boolean): boolean {
    if (last === null) return true;
    if (last.number !== this.#known || now < this.#knownSince) {
      this.#known = last.number;
      this.#knownSince = now;
    }
    // A clock that was set back lies behind what was signed, for years perhaps: then it counts since when the checkpoint is known here.
    const age = now - (now >= last.at ? last.at : this.#knownSince);
    if (age >= HEARTBEAT_MS) return true;
    return news && age >= SOONEST_MS && (this.#allowance(now) > 0 || age >= REFILL_MS);
  }

  spend(now: number): void {
    this.#left = Math.max(0, this.#allowance(now) - 1);
  }

  #allowance(now: number): number {
    const gained = Math.floor(Math.max(0, now - this.#filledAt) / REFILL_MS);
    if (gained > 0 || now < this.#filledAt) {
      this.#left = Math.min(MOST, this.#left + gained);
      this.#filledAt = now < this.#filledAt ? now : this.#filledAt + gained * REFILL_MS;
    }
    return this.#left;
  }
}
