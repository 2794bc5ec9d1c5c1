import 'server-only';
import { recordPath } from '@/lib/chain/bundle-format';
import { inertText, oneLine } from '@/lib/schema/inert-text';
import { memberText, type ReportPart, type ReportRecord } from './report-record';
import { shownMembers } from './report-words';

/** A record as both reports draw it: hostile text inert, each text on lines of its own, and no more of it than there is room for. */
export interface ShownRecord {
  action: string;
  time: string;
  members: (readonly [name: string, text: string])[];
  /** Members of details, each a first line and those that its text continues on; those begin with {@link CONTINUED}. */
  details: string[][];
  /** What was left out, and where it is; '' where nothing was. */
  more: string;
  words: ShownPart[];
}

/** Each line of what was said begins with {@link CONTINUED}. */
export interface ShownPart {
  head: string;
  lines: string[];
}

/** No line of a report begins with it but those that a record's own text has broken. */
export const CONTINUED = '| ';

/** What is drawn of one record, at most: more than that nobody reads in print, and a page of it takes the longer the more there is. */
const MOST_OF_ONE = 6_000;
/** What is drawn of all of them: with what stands around it, a report of 50,000 records stays below 64 MiB. */
const MOST_OF_ALL = 40 * 1024 * 1024;
/** What is drawn of the words of one record, at most; they are whole in words.csv. */
export const MOST_OF_WORDS = 12_000;
const MOST_OF_MEMBER = 400;
/** Of names and the markup around them. */
const MEMBER_COST = 40;
const LINE_COST = 40;

/** Gives each record its share of what is left for those that come. */
export class Room {
  #left = MOST_OF_ALL;
  #records: number;

  constructor(records: number) {
    this.#records = records;
  }

  show(record: ReportRecord): ShownRecord {
    const share = Math.floor(this.#left / Math.max(1, this.#records));
    const pen = new Pen(Math.min(MOST_OF_ONE, share));
    const shown = draw(record, pen);
    const wordsPen = new Pen(Math.min(MOST_OF_WORDS, Math.max(0, share - pen.spent)));
    const words = (record.words ?? []).map((part) => drawPart(part, wordsPen));
    this.#left -= pen.spent + wordsPen.spent;
    this.#records -= 1;
    return { ...shown, words };
  }
}

/** Counts what a text takes, in bytes of the larger report or a little more, and cuts where there is no room. */
class Pen {
  spent = 0;
  leftOut = 0;

  constructor(readonly room: number) {}

  /** @param most of this text, whatever room there is */
  cut(text: string, most: number): string {
    const room = Math.min(this.room - this.spent, most);
    let cost = 0;
    let at = 0;
    for (const character of text) {
      cost += costOf(character);
      if (cost > room) break;
      at += character.length;
    }
    this.spent += at === text.length ? cost : Math.max(0, room);
    this.leftOut += text.length - at;
    if (at === 0 || at === text.length) return text.slice(0, at);
    return `${text.slice(0, at)}…`;
  }
}

function draw(record: ReportRecord, pen: Pen): Omit<ShownRecord, 'words'> {
  const action = oneLine(pen.cut(memberText(record, 'action'), 200));
  const time = oneLine(pen.cut(memberText(record, 'timestamp'), 200));
  const members = shownMembers(record).map(([name, text]) => {
    pen.spent += MEMBER_COST;
    return [oneLine(pen.cut(name, 64)), oneLine(pen.cut(text, MOST_OF_MEMBER))] as const;
  });
  const details: string[][] = [];
  for (const text of detailsOf(record)) {
    pen.spent += LINE_COST;
    const kept = pen.cut(text, pen.room);
    if (kept !== '') details.push(continued(inertText(kept)));
  }
  const { leftOut } = pen;
  const more = leftOut === 0 ? '' : `… ${leftOut.toLocaleString('en')} more characters, in ${recordPath(BigInt(record.seq))}`;
  return { action, time, members: members.filter(([name]) => name !== ''), details, more };
}

function drawPart({ part, index, said }: ReportPart, pen: Pen): ShownPart {
  const name = `${part} ${index}`;
  pen.spent += LINE_COST;
  if ('absent' in said) return { head: oneLine(`${name}: ${pen.cut(said.absent, 400)}`), lines: [] };
  const kept = pen.cut(said.text, pen.room);
  const whole = said.whole && kept === said.text;
  const counted = `${said.characters.toLocaleString('en')} ${said.characters === 1 ? 'character' : 'characters'}`;
  return {
    head: oneLine(whole ? `${name}, ${counted}` : `${name}, the beginning of ${counted}; whole in words.csv or content/`),
    lines:
      kept === ''
        ? []
        : inertText(kept)
            .split('\n')
            .map((line) => CONTINUED + line),
  };
}

/** The members of details as `name: value`. A name does not break its line. */
function detailsOf(record: ReportRecord): string[] {
  const details = record.body?.details;
  if (details === null || typeof details !== 'object' || Array.isArray(details)) return [];
  return Object.entries(details).map(
    ([name, value]) => `${name.replaceAll('\n', ' ')}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}

function continued(text: string): string[] {
  const [first, ...rest] = text.split('\n');
  return [first, ...rest.map((line) => CONTINUED + line)];
}

function costOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code === 10) return LINE_COST;
  if (code > 0xffff) return 10;
  if (code > 0x7e || code < 0x20) return 8;
  return '&<>"'.includes(character) ? 6 : 1;
}
