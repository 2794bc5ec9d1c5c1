/** Base 64 of RFC 4648, section 4, read strictly: padded, without line breaks, and with the unused bits of the last character zero, so that bytes have one spelling. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  for (; at + 2 < bytes.length; at += 3) {
    const group = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    text += ALPHABET[group >> 18] + ALPHABET[(group >> 12) & 63] + ALPHABET[(group >> 6) & 63] + ALPHABET[group & 63];
  }
  if (at + 1 === bytes.length) return `${text}${ALPHABET[bytes[at] >> 2]}${ALPHABET[(bytes[at] & 3) << 4]}==`;
  if (at + 2 !== bytes.length) return text;
  const group = (bytes[at] << 8) | bytes[at + 1];
  return `${text}${ALPHABET[group >> 10]}${ALPHABET[(group >> 4) & 63]}${ALPHABET[(group & 15) << 2]}=`;
}

/** null where the text is not the one spelling that `toBase64` gives. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? VALUES[code] : -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}
