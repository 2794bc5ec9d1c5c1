import 'server-only';
import { fillStored } from '@/lib/archive/read-archived';
import type { Viewer } from '@/lib/auth/viewer';
import { toBase64 } from '@/lib/chain/base64';
import { toHex } from '@/lib/chain/bytes';
import { proveInclusion, type TileId, type TileReader } from '@/lib/chain/tiles';
import { boundedRead } from '@/lib/ledger/bounded-read';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { listKeys, newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { readConversationPositions, readConversationRow } from '@/lib/ledger/read-conversations';
import { readStored } from '@/lib/ledger/read-entries';
import { dbTiles, TreeDamaged } from '@/lib/ledger/read-tree';
import type { ConversationProofDto } from '@/lib/schema/proofs';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

const RECORDS_PAGE = 500;

/**
 * A conversation's records with their paths to the newest checkpoint, for who wants to verify it without believing what the screen says. One entry of
 * the access ledger, as the conversation itself is. @throws RefusalError not_found; format at /after
 */
export async function viewConversationProof(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & ConversationProofDto> {
  const id = input.id ?? '';
  const asked = input.params?.get('after') || '0';
  if (!/^\d{1,18}$/.test(asked)) refuse('format', 'The cursor "after" is not a number within the conversation.', '/after');
  const look = {
    permission: 'conversations.read',
    screen: '/conversations/[id]',
    resource: { type: 'conversation', id },
    details: { proof: true, ...(asked === '0' ? {} : { after: asked }) },
  } as const;
  return auditedScreen(viewer, input, look, async ({ ledger }) => {
    const { stored, total, more } = await boundedRead(async (tx) => {
      const row = await readConversationRow(tx, ledger.id, id);
      if (row === null) refuse('not_found', 'There is no such conversation in this ledger.');
      const positions = await readConversationPositions(tx, ledger, id, BigInt(asked), RECORDS_PAGE + 1);
      const shown = positions.slice(0, RECORDS_PAGE);
      return {
        stored: await readStored(
          tx,
          ledger.id,
          shown.map(({ seq }) => seq),
        ),
        total: row.record_count,
        more: positions.length > RECORDS_PAGE ? String(shown[shown.length - 1]!.conversation_seq) : null,
      };
    });
    const checkpoint = await newestCheckpoint(ledger.id);
    const size = checkpoint === null ? 0n : BigInt(checkpoint.size);
    const tiles = keepTiles(dbTiles(ledger.id));
    const records: ConversationProofDto['records'] = [];
    for (const { header, body } of await fillStored(ledger, stored)) {
      const path = header.seq < size ? await pathOf(tiles, header.seq, size) : null;
      records.push({
        seq: String(header.seq),
        id: header.id,
        received_at_us: String(header.received_at_us),
        conversation_seq: String(header.conversation_seq),
        previous_hash: toHex(header.previous_hash),
        body_hash: toHex(header.body_hash),
        integrity_hash: toHex(header.integrity_hash),
        body: body === null ? null : toBase64(body),
        path: path?.map(toBase64) ?? null,
      });
    }
    return {
      conversation_id: id,
      records,
      next_after: more,
      total,
      note: checkpoint?.note ?? null,
      keys: await listKeys(ledger.id),
      checkpoint,
    };
  });
}

async function pathOf(tiles: TileReader, seq: bigint, size: bigint): Promise<Uint8Array[]> {
  try {
    return await proveInclusion(tiles, seq, size, nodeSha256);
  } catch (error) {
    if (!(error instanceof TreeDamaged)) throw error;
    refuse('conflict', 'The tree over the entries cannot be read: entries or tiles are missing. A verification says which.');
  }
}

/** Records of one conversation lie close together: their paths share most of their tiles. */
function keepTiles(reader: TileReader): TileReader {
  const kept = new Map<string, Promise<Uint8Array>>();
  const nameOf = ({ level, tile, width }: TileId) => `${level}/${tile}/${width}`;
  return {
    async readTiles(wanted) {
      const missing = wanted.filter((one) => !kept.has(nameOf(one)));
      if (missing.length > 0) {
        const read = reader.readTiles(missing);
        missing.forEach((one, index) => {
          kept.set(
            nameOf(one),
            read.then((tiles) => tiles[index]!),
          );
        });
      }
      return Promise.all(wanted.map((one) => kept.get(nameOf(one))!));
    },
  };
}
