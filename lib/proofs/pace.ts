/** New entries are signed within a second while there is allowance left, then every ten seconds (decision 013). Milliseconds. */
const SOONEST_MS = 1_000;
const REFILL_MS = 10_000;
const MOST = 60;
export const HEARTBEAT_MS = 300_000;

/** An allowance of checkpoints that fills with time. */
export class Pace {
  #left = MOST;
  #filledAt: number;

  constructor(now: number) {
    this.#filledAt = now;
  }

  /**
   * Whether a checkpoint is due. @param lastAt when the last one was signed, null before the first; @param news whether entries came since.
   */
  isDue(now: number, lastAt: number | null, news: boolean): boolean {
    if (lastAt === null) return true;
    // A clock that was set back must not silence the log until it has caught up.
    const age = Math.abs(now - lastAt);
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
