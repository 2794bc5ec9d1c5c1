import { createHash, createPublicKey, verify } from 'node:crypto';

/**
 * A client of tiled logs, written from https://c2sp.org/tlog-tiles, tlog-checkpoint and signed-note alone and without a line of the product: what others'
 * tools do. Numbers are bigint where a tree's size decides.
 */
export interface FetchedCheckpoint {
  origin: string;
  size: bigint;
  root: Buffer;
  /** Everything before the empty line, with its newline. */
  text: string;
  signatures: { name: string; keyId: Buffer; signature: Buffer }[];
}

export class TlogClient {
  /** Every address that was asked for. */
  readonly asked: string[] = [];

  /** @param prefix with its final slash */
  constructor(
    readonly prefix: string,
    readonly headers: Record<string, string> = {},
  ) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    this.asked.push(path);
    return fetch(this.prefix + path, { headers: { ...this.headers, ...headers } });
  }

  async checkpoint(): Promise<FetchedCheckpoint> {
    const response = await this.get('checkpoint');
    if (response.status !== 200) throw new Error(`checkpoint: ${response.status}`);
    return readCheckpoint(await response.text());
  }

  /** The root of the tree of that size, from every tile of level 0 and, beside it, from the highest levels down. */
  async root(size: bigint): Promise<{ fromLeaves: Buffer; fromTiles: Buffer }> {
    return { fromLeaves: await this.#rootFromLeaves(size), fromTiles: await this.#rootFromTiles(size) };
  }

  /** Entries, with the hash of each as a leaf. */
  async entries(size: bigint): Promise<Buffer[]> {
    const entries: Buffer[] = [];
    for (let n = 0n; n * 256n < size; n++) {
      const width = size - n * 256n < 256n ? Number(size - n * 256n) : 256;
      const bytes = await this.#bytes(`tile/entries/${pathOf(n)}${width === 256 ? '' : `.p/${width}`}`);
      let at = 0;
      while (at < bytes.length) {
        const length = bytes.readUInt16BE(at);
        entries.push(bytes.subarray(at + 2, at + 2 + length));
        at += 2 + length;
      }
    }
    return entries;
  }

  async #rootFromLeaves(size: bigint): Promise<Buffer> {
    const leaves: Buffer[] = [];
    for (let n = 0n; n * 256n < size; n++) leaves.push(...(await this.#tile(0, n, size)));
    return mth(leaves);
  }

  /** Reads the rightmost tile of each level alone. */
  async #rootFromTiles(size: bigint): Promise<Buffer> {
    if (size === 0n) return mth([]);
    let right: Buffer | null = null;
    for (let level = 0; 256n ** BigInt(level) <= size; level++) {
      // The partial tile at level l has floor(s / 256**l) mod 256 entries; where that is none, there is no partial tile.
      const nodes = size / 256n ** BigInt(level);
      const partial = nodes % 256n;
      if (partial === 0n) continue;
      const hashes = await this.#tile(level, nodes / 256n, size);
      // Largest perfect subtrees first; what is right of them is smaller than any of them.
      const pieces: Buffer[] = [];
      let at = 0;
      for (let bit = 128; bit >= 1; bit /= 2) {
        if ((hashes.length & bit) === 0) continue;
        pieces.push(mth(hashes.slice(at, at + bit)));
        at += bit;
      }
      for (const piece of pieces.reverse()) right = right === null ? piece : node(piece, right);
    }
    return right!;
  }

  async #tile(level: number, n: bigint, size: bigint): Promise<Buffer[]> {
    const there = size / 256n ** BigInt(level) - n * 256n;
    const width = there < 256n ? Number(there) : 256;
    const bytes = await this.#bytes(`tile/${level}/${pathOf(n)}${width === 256 ? '' : `.p/${width}`}`);
    if (bytes.length !== width * 32) throw new Error(`a tile of ${width} hashes has ${bytes.length} bytes`);
    return Array.from({ length: width }, (_, i) => bytes.subarray(i * 32, (i + 1) * 32));
  }

  async #bytes(path: string): Promise<Buffer> {
    const response = await this.get(path);
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    if (response.headers.get('content-type') !== 'application/octet-stream') throw new Error(`${path} has another type`);
    return Buffer.from(await response.arrayBuffer());
  }
}

/** Index 1234067 is x001/x234/067. */
function pathOf(n: bigint): string {
  const groups: string[] = [];
  let rest = n;
  do {
    groups.unshift(String(rest % 1000n).padStart(3, '0'));
    rest /= 1000n;
  } while (rest > 0n);
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.concat([Buffer.of(1), left, right]));
export const leaf = (data: Buffer): Buffer => sha256(Buffer.concat([Buffer.of(0), data]));

/** RFC 6962, section 2.1, over hashes of leaves (or of subtrees of one size). */
export function mth(hashes: Buffer[]): Buffer {
  if (hashes.length === 0) return sha256(Buffer.alloc(0));
  if (hashes.length === 1) return hashes[0];
  let k = 1;
  while (2 * k < hashes.length) k *= 2;
  return node(mth(hashes.slice(0, k)), mth(hashes.slice(k)));
}

export function readCheckpoint(note: string): FetchedCheckpoint {
  const at = note.lastIndexOf('\n\n');
  const text = note.slice(0, at + 1);
  const [origin, size, root, ...rest] = text.split('\n');
  if (at < 0 || rest.join('') !== '' || !/^(0|[1-9]\d*)$/.test(size)) throw new Error(`not a checkpoint: ${note}`);
  const signatures = note
    .slice(at + 2)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, name, base64] = /^\u2014 (\S+) (\S+)$/.exec(line)!;
      const bytes = Buffer.from(base64, 'base64');
      return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
    });
  return { origin, size: BigInt(size), root: Buffer.from(root, 'base64'), text, signatures };
}

/** Verifies the Ed25519 signature of a note by a verifier key `<name>+<id>+<base64(0x01 ‖ key)>`. */
export function isSignedBy(checkpoint: FetchedCheckpoint, vkey: string): boolean {
  const [name, id, ...rest] = vkey.split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  const keyId = sha256(Buffer.concat([Buffer.from(`${name}\n`), bytes])).subarray(0, 4);
  if (bytes[0] !== 1 || keyId.toString('hex') !== id) return false;
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]),
    format: 'der',
    type: 'spki',
  });
  const own = checkpoint.signatures.filter((one) => one.name === name && one.keyId.equals(keyId));
  return own.length > 0 && own.every((one) => verify(null, Buffer.from(checkpoint.text), key, one.signature));
}
