import { RefusalError } from '@/lib/schema/errors';

/** rate_limited, with the seconds after which it is worth trying again. */
export class TooManyError extends RefusalError {
  readonly retryAfter: number;
  /** Whose attempts were too many, where attempts are counted. */
  readonly counted: 'account' | 'address' | null;
  constructor(seconds: number, counted: 'account' | 'address' | null = null) {
    super('rate_limited', `Too many attempts; try again in ${Math.ceil(seconds)} seconds.`);
    this.retryAfter = Math.ceil(seconds);
    this.counted = counted;
  }
}
