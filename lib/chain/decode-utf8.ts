import { JsonFault } from './json-fault';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws JsonFault bom_not_allowed, utf8_invalid */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    throw new JsonFault('bom_not_allowed', 'The body must not start with a byte order mark.');
  try {
    return decoder.decode(bytes);
  } catch {
    throw new JsonFault('utf8_invalid', `The body is not valid UTF-8 (byte ${firstInvalidByte(bytes)}).`);
  }
}

/** A lenient decoder writes U+FFFD where a sequence is wrong: the first one that does not stand in the bytes as such is the place. */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  for (const char of new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)) {
    const code = char.codePointAt(0) as number;
    if (code === 0xfffd && !(bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd)) break;
    at += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return at;
}
