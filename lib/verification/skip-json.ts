import 'server-only';

/**
 * Steps over any value: strings by their quotes, objects and arrays by their brackets outside strings, the rest up to what ends it.
 * @returns the position behind it; −1 where it does not end before `end`.
 */
export function skipValue(buffer: Buffer, position: number, end: number): number {
  const first = buffer[position];
  if (first === 0x22) return skipString(buffer, position, end);
  if (first !== 0x7b && first !== 0x5b) {
    let i = position;
    while (i < end && buffer[i] !== 0x2c && buffer[i] !== 0x7d) i++;
    return i > position ? i : -1;
  }
  let open = 0;
  for (let i = position; i < end; ) {
    const byte = buffer[i];
    if (byte === 0x22) {
      i = skipString(buffer, i, end);
      if (i < 0) return -1;
      continue;
    }
    i++;
    if (byte === 0x7b || byte === 0x5b) open++;
    else if ((byte === 0x7d || byte === 0x5d) && --open === 0) return i;
  }
  return -1;
}

/** @returns the position behind the closing quote of the string that begins at `position`; −1 where it has none. */
export function skipString(buffer: Buffer, position: number, end: number): number {
  let i = position + 1;
  while (i < end) {
    const byte = buffer[i];
    if (byte === 0x22) return i + 1;
    i += byte === 0x5c ? 2 : 1;
  }
  return -1;
}
