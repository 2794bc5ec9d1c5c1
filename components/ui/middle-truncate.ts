/** Both ends of a long token, which is what people compare by eye. A token that is not longer than the result stays whole. */
export function middleTruncate(token: string, head = 8, tail = 6): string {
  return token.length <= head + tail + 1 ? token : `${token.slice(0, head)}…${token.slice(-tail)}`;
}
