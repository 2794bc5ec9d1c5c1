/**
 * A set of integers as runs without a hole: {1,2,3,7} is [1,4) and [7,8). Numbers that count upwards are one run, whatever their number; each repeat
 * changes nothing.
 */
export class NumberRuns {
  /** First number of each run, and the first one behind it; both ascend. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  get runs(): number {
    return this.#from.length;
  }

  /** @param number an integer that a double holds. */
  add(number: number): void {
    const last = this.#from.length - 1;
    // The usual case: the next one.
    if (last >= 0 && this.#to[last] === number) {
      this.#to[last]++;
      return;
    }
    const at = this.#behind(number);
    if (at > 0 && number < this.#to[at - 1]!) return;
    const joinsLeft = at > 0 && this.#to[at - 1] === number;
    const joinsRight = this.#from[at] === number + 1;
    if (joinsLeft && joinsRight) {
      this.#to[at - 1] = this.#to[at]!;
      this.#from.splice(at, 1);
      this.#to.splice(at, 1);
    } else if (joinsLeft) this.#to[at - 1] = number + 1;
    else if (joinsRight) this.#from[at] = number;
    else {
      this.#from.splice(at, 0, number);
      this.#to.splice(at, 0, number + 1);
    }
  }

  /** Whether it is 1, 2, 3 … up to its greatest, or empty. */
  isWhole(): boolean {
    return this.runs === 0 || (this.runs === 1 && this.#from[0] === 1);
  }

  /** As PostgreSQL writes an int8multirange: `{[1,4),[7,8)}`. */
  toString(): string {
    return `{${this.#from.map((from, i) => `[${from},${this.#to[i]})`).join(',')}}`;
  }

  /** The place of the first run that begins after a number. */
  #behind(number: number): number {
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#from[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
