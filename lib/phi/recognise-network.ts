import type { Report } from './finding';
import { DIGIT, type Scan } from './scan';

const MAX_URL = 2_048;
const VERSION = new Set(['version', 'versions', 'release', 'build', 'v', 'ver', 'firmware', 'revision', 'section', 'clause', 'driver']);

/** Addresses of the web: with a scheme, or beginning with `www.`. */
export function recogniseUrl({ text }: Scan, report: Report): void {
  for (let colon = text.indexOf('://'); colon !== -1; colon = text.indexOf('://', colon + 3)) {
    let start = colon;
    while (start > 0 && colon - start < 12 && /[A-Za-z0-9+.-]/.test(text[start - 1])) start -= 1;
    while (start < colon && !/[A-Za-z]/.test(text[start])) start += 1;
    const end = urlEnd(text, colon + 3);
    if (colon - start >= 2 && end > colon + 5) report('url', start, end, 0.8, 'url');
    if (end > colon) colon = Math.max(colon, end - 3);
  }
  for (let at = text.indexOf('www.'); at !== -1; at = text.indexOf('www.', at + 4)) {
    if (at > 0 && /[\w/.@-]/.test(text[at - 1])) continue;
    const end = urlEnd(text, at);
    if (/^www\.[^./]+\.[A-Za-z]{2}/.test(text.slice(at, at + 200))) report('url', at, end, 0.75, 'url_www');
    at = Math.max(at, end - 4);
  }
}

function urlEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && end - from < MAX_URL && !/[\s<>"`\\^{}|]/.test(text[end])) end += 1;
  // Marks that close the sentence around it.
  while (end > from && ".,;:!?'*_".includes(text[end - 1])) end -= 1;
  if (text[end - 1] === ')' && !text.slice(from, end).includes('(')) end -= 1;
  while (end > from && '.,;:!?\'"]'.includes(text[end - 1])) end -= 1;
  return end;
}

const OCTETS = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})/y;

/** IPv4 in dotted form; those that are nobody's (this machine, unspecified, broadcast) and versions are passed over. */
export function recogniseIpv4(scan: Scan, report: Report): void {
  const { text, starts } = scan;
  for (const i of scan.numbers) {
    if (scan.size(i) > 3 || text[scan.ends[i]] !== '.') continue;
    OCTETS.lastIndex = starts[i];
    const found = OCTETS.exec(text);
    if (found === null || scan.isGlued(starts[i], starts[i] + found[0].length)) continue;
    const octets = found.slice(1, 5).map(Number);
    if (octets.some((octet) => octet > 255) || found.slice(1, 5).some((octet) => octet.length > 1 && octet[0] === '0')) continue;
    if (octets[0] === 127 || octets[0] === 0 || octets.every((octet) => octet === 255)) continue;
    // A whole network is nobody's.
    if (scan.near(i, VERSION, 2) || text[starts[i] + found[0].length] === '/') continue;
    report('ip_address', starts[i], starts[i] + found[0].length, octets[0] < 2 && octets[1] < 10 ? 0.5 : 0.85, 'ipv4');
  }
}

const HEX = /[0-9A-Fa-f:.]/;

/** IPv6 (RFC 4291 §2.2), of at least three groups. */
export function recogniseIpv6(scan: Scan, report: Report): void {
  const { text, starts } = scan;
  let from = 0;
  for (let i = 0; i < scan.length; i += 1) {
    const start = starts[i];
    if (start < from || scan.size(i) > 4 || text[scan.ends[i]] !== ':') continue;
    let end = start;
    while (end < text.length && end - start < 46 && HEX.test(text[end])) end += 1;
    while (end > start && '.:'.includes(text[end - 1]) && text[end - 2] !== ':') end -= 1;
    from = end;
    if (/[\w:-]/.test(text[start - 1] ?? ' ') || /[\w:]/.test(text[end] ?? ' ')) continue;
    const address = text.slice(start, end);
    if (isIpv6(address)) report('ip_address', start, end, 0.85, 'ipv6');
  }
}

function isIpv6(address: string): boolean {
  const halves = address.split('::');
  if (halves.length > 2 || address.length < 6) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const tail = groups.at(-1) ?? '';
  const length = tail.includes('.') ? groups.length + 1 : groups.length;
  if (tail.includes('.') && !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(tail)) return false;
  if (!groups.every((group, i) => /^[0-9A-Fa-f]{1,4}$/.test(group) || (i === groups.length - 1 && group.includes('.')))) return false;
  return halves.length === 2 ? length <= 7 && length >= 2 && /\d/.test(address) : length === 8;
}

/** Whether a text has a word with both colons and digits at all. */
export function mayHoldIpv6(scan: Scan): boolean {
  return scan.text.includes(':') && scan.kinds.some((kind) => (kind & DIGIT) !== 0);
}
