import { MAX_DECIMAL } from './decimal';

/** A tile is the subtree of height 8 over up to 256 hashes (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;
export const MAX_TILE_LEVEL = 63;

/** `level` 0 holds leaf hashes, each above it the roots of full tiles below; `width` is the number of hashes, 256 in a full tile. */
export interface TileName {
  level: number | 'entries';
  tile: bigint;
  width: number;
}

/**
 * tile/<L>/<N>[.p/<W>], with N in elements of three digits, all but the last with an x: 1234067 is x001/x234/067.
 * @throws RangeError for what has no path.
 */
export function tilePath(level: number | 'entries', tile: bigint, width: number): string {
  if (level !== 'entries' && !(Number.isInteger(level) && level >= 0 && level <= MAX_TILE_LEVEL)) throw new RangeError('not a tile level');
  if (tile < 0n || tile > MAX_DECIMAL) throw new RangeError('not a tile index');
  if (!(Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH)) throw new RangeError('not a tile width');
  const digits = tile.toString();
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const elements = padded.match(/.{3}/g) as string[];
  const index = elements.map((element, i) => (i === elements.length - 1 ? element : `x${element}`)).join('/');
  return `tile/${level}/${index}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,6}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** null for whatever `tilePath` does not write. */
export function parseTilePath(path: string): TileName | null {
  const parts = PATH.exec(path);
  if (parts === null) return null;
  const level = parts[1] === 'entries' ? 'entries' : Number(parts[1]);
  const tile = BigInt(parts[2].replaceAll(/[x/]/g, ''));
  const width = parts[3] === undefined ? TILE_WIDTH : Number(parts[3]);
  if ((level !== 'entries' && level > MAX_TILE_LEVEL) || tile > MAX_DECIMAL || (parts[3] !== undefined && width >= TILE_WIDTH)) return null;
  // Leading zeros of the level and superfluous x000 elements are other spellings of the same tile.
  return tilePath(level, tile, width) === path ? { level, tile, width } : null;
}
