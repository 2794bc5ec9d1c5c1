import { RefusalError } from '@/lib/schema/errors';

/** rate_limited, with the seconds after which it is worth trying again. */
export class TooManyError extends RefusalError {
  readonly retryAfter: number;
  constructor(seconds: number) {
    super('rate_limited', `Too many attempts; try again in ${Math.ceil(seconds)} seconds.`);
    this.retryAfter = Math.ceil(seconds);
  }
}
