/**
 * UUIDv7: sorts by time, so that the ledger's index on id grows at its end. Within one millisecond the 12 bits of rand_a
 * count upwards from a random start; when they run out the clock is borrowed from.
 * @see RFC 9562 §5.7, §6.2 method 1
 */
export function createUuidV7(now: () => number = Date.now): () => string {
  let last = 0;
  let counter = 0;
  return () => {
    const random = crypto.getRandomValues(new Uint8Array(10));
    const time = now();
    if (time > last) {
      last = time;
      // The top bit stays free so that there is always room to count.
      counter = (((random[0] ?? 0) << 8) | (random[1] ?? 0)) & 0x7ff;
    } else {
      counter += 1;
      if (counter > 0xfff) {
        last += 1;
        counter = 0;
      }
    }
    return formatUuid(last, 7, counter, random.subarray(2));
  };
}

/**
 * @param time milliseconds since 1970, 48 bits
 * @param version the UUID version nibble
 * @param low 12 bits after the version
 * @param tail 8 bytes; the two highest bits are replaced by the variant
 */
export function formatUuid(time: number, version: number, low: number, tail: Uint8Array): string {
  const head = time.toString(16).padStart(12, '0');
  const third = ((version << 12) | (low & 0xfff)).toString(16).padStart(4, '0');
  const bytes = Array.from(tail.subarray(0, 8), (byte, index) => (index === 0 ? (byte & 0x3f) | 0x80 : byte));
  const end = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${head.slice(0, 8)}-${head.slice(8)}-${third}-${end.slice(0, 4)}-${end.slice(4)}`;
}
