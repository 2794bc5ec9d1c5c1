/** The largest size, index or timestamp that the C2SP formats know: 2^63 − 1. */
export const MAX_DECIMAL = 0x7fff_ffff_ffff_ffffn;

/** ASCII decimal without sign or leading zeros, at most 2^63 − 1; null for anything else. */
export function readDecimal(text: string): bigint | null {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value <= MAX_DECIMAL ? value : null;
}

/** @throws RangeError for a number below 0 or above 2^63 − 1. */
export function writeDecimal(value: bigint): string {
  if (value < 0n || value > MAX_DECIMAL) throw new RangeError('not a number between 0 and 2^63 − 1');
  return value.toString();
}
