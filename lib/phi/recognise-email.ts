import type { Report } from './finding';
import type { Scan } from './scan';

const LOCAL = /[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\u00c0-\u1fff\u2c00-\ud7ff-]/;
const DOMAIN = /[A-Za-z0-9.\u00c0-\u1fff\u2c00-\ud7ff-]/;
const DOMAIN_SHAPE =
  /^[^.-](?:[^.]{0,61}[^.-])?(?:\.[^.-](?:[^.]{0,61}[^.-])?){0,8}\.(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59}|[^\u0000-\u007f]{2,24})$/;
/** RFC 5321 §4.5.3.1. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;

/** Addresses of RFC 5322 in their plain form; no quoted local parts. */
export function recogniseEmail({ text }: Scan, report: Report): void {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start < MAX_LOCAL && LOCAL.test(text[start - 1])) start -= 1;
    // An address within a query: what stands before the mark is not part of it.
    for (let i = at - 2; i >= start; i -= 1) {
      if (!'=?&/'.includes(text[i])) continue;
      start = i + 1;
      break;
    }
    while (start < at && ".'*`{|!#".includes(text[start])) start += 1;
    let end = at + 1;
    while (end < text.length && end - at <= MAX_DOMAIN && DOMAIN.test(text[end])) end += 1;
    while (end > at + 1 && '.-'.includes(text[end - 1])) end -= 1;
    if (start === at || text[at - 1] === '.') continue;
    const domain = text.slice(at + 1, end);
    if (DOMAIN_SHAPE.test(domain)) report('email', start, end, 0.95, 'email');
  }
}

/** `jane dot doe at example dot com`, as people say it in a call that was written down. Begins at `dot` followed by a known ending. */
export function recogniseSpokenEmail(scan: Scan, report: Report): void {
  const { text, starts, ends } = scan;
  for (let i = 2; i < scan.length; i += 1) {
    if (!ENDINGS.has(scan.word(i)) || scan.word(i - 1) !== 'dot') continue;
    let at = i - 2;
    while (at > 0 && i - at < 8 && scan.word(at) !== 'at') at -= 1;
    if (scan.word(at) !== 'at' || at < 1) continue;
    let first = at - 1;
    while (first >= 2 && at - first < 8 && JOINTS.has(scan.word(first - 1))) first -= 2;
    const between = text.slice(starts[first], ends[i]);
    if (between.length > 80 || /[.,;:!?\n]/.test(between)) continue;
    // `met at acme dot com` names a place on the web; a person's address has a joint or a number.
    const named = first < at - 1 || scan.near(first, SAID, 6);
    if (named) report('email', starts[first], ends[i], 0.75, 'email_spoken');
  }
}

const ENDINGS = new Set(['com', 'org', 'net', 'edu', 'gov', 'uk', 'de', 'example', 'io', 'us', 'info']);
const JOINTS = new Set(['dot', 'underscore', 'dash', 'hyphen']);
const SAID = new Set(['email', 'mail', 'e', 'address', 'reach', 'write']);
