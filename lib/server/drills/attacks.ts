import { randomBytes } from 'node:crypto';
import { formatVerifierKey, makeVerifierKey } from '@/lib/chain/verifier-key';
import { cut, edit, forgetRuns, forgetSigned, ownEverything, rehash, rewriteWithTiles } from './attack-steps';
import type { Detector } from './detectors';
import { attack, SIZE, type Subject } from './drill-world';
import { forgeCertificate, forgeDestruction } from './forge-destruction';
import { restoreBackup } from './restore-backup';

export interface Attack {
  name: string;
  /** What is done, and by whom beside the superuser. */
  how: string;
  /** Who must find it: exactly these. */
  foundBy: Detector[];
  /** Runs of the schedule before it, which write down what they saw. */
  verifiedBefore?: boolean;
  run(subject: Subject): Promise<void>;
}

const sql = (subject: Subject, text: string) => attack(subject, (c) => c.query(text.replaceAll('$L', String(subject.ledger.id))));

/** Holds have triggers of their own, which do not fire for a replica. */
const unheld = (subject: Subject, ...statements: string[]) =>
  attack(subject, async (c) => {
    await c.query("SET LOCAL session_replication_role = 'replica'");
    for (const text of statements) await c.query(text.replaceAll('$L', String(subject.ledger.id)));
  });

const NEWEST = 'WHERE ledger_id = $L AND number = (SELECT max(number) FROM checkpoints WHERE ledger_id = $L)';
const foreignKey = (origin: string) => formatVerifierKey(makeVerifierKey(origin, 1, Uint8Array.from(randomBytes(32))));

export const ATTACKS: readonly Attack[] = [
  {
    name: 'Edit a body',
    how: 'One record’s body and its column say something else.',
    foundBy: ['verification'],
    run: (s) => attack(s, (c) => edit(c, s, 200)),
  },
  {
    name: 'Edit a column',
    how: 'The body stays; the column that lists and filters read says something else.',
    foundBy: ['verification'],
    run: (s) => sql(s, `UPDATE records SET actor_type = 'user' WHERE ledger_id = $L AND seq = 200`),
  },
  {
    name: 'Backdate an entry',
    how: 'The time in one header is an hour earlier.',
    foundBy: ['verification'],
    run: (s) => sql(s, `UPDATE entries SET received_at_us = received_at_us - 3600000000 WHERE ledger_id = $L AND seq = 200`),
  },
  {
    name: 'Delete an entry',
    how: 'Entry and record are gone.',
    foundBy: ['verification', 'tiles'],
    run: (s) =>
      attack(s, async (c) => {
        for (const table of ['entries', 'records']) await c.query(`DELETE FROM ${table} WHERE ledger_id = ${s.ledger.id} AND seq = 200`);
      }),
  },
  {
    name: 'Swap two records',
    how: 'Two bodies change places.',
    foundBy: ['verification'],
    run: (s) =>
      sql(
        s,
        `UPDATE records r SET body = o.body FROM records o WHERE r.ledger_id = $L AND o.ledger_id = $L AND (r.seq, o.seq) IN ((200, 201), (201, 200))`,
      ),
  },
  {
    name: 'Swap two entries',
    how: 'Two headers change places.',
    foundBy: ['verification', 'tiles'],
    run: (s) =>
      attack(s, async (c) => {
        for (const [from, to] of [
          [200, 900_000],
          [230, 200],
          [900_000, 230],
        ])
          await c.query(`UPDATE entries SET seq = ${to} WHERE ledger_id = ${s.ledger.id} AND seq = ${from}`);
      }),
  },
  {
    name: 'Take a legal hold away',
    how: 'The hold and what keeps by it are gone; its entry of the access ledger stays.',
    foundBy: ['verification'],
    run: (s) =>
      unheld(s, 'DELETE FROM legal_holds WHERE ledger_id = $L', `DELETE FROM retention_scopes WHERE ledger_id = $L AND use = 'hold'`),
  },
  {
    name: 'End a legal hold alone',
    how: 'The hold says that two people released it, and keeps nothing any more.',
    foundBy: ['verification'],
    run: (s) =>
      unheld(
        s,
        `UPDATE legal_holds SET release_asked_by = 'ada@example.org', release_asked_by_id = placed_by_id, release_asked_at = now(), release_asked_reason = 'Settled',
                released_by = 'bob@example.org', released_at = now(), release_reason = 'Settled' WHERE ledger_id = $L`,
        `UPDATE retention_scopes SET standing = false WHERE ledger_id = $L AND use = 'hold'`,
      ),
  },
  {
    name: 'Switch a legal hold off',
    how: 'The hold stands as it was placed; what is asked by whoever prunes, destroys or shreds is on something else.',
    foundBy: ['verification'],
    run: (s) => unheld(s, `UPDATE retention_scopes SET value = 'P-8' WHERE ledger_id = $L AND use = 'hold'`),
  },
  {
    name: 'Pass a deletion off as a destruction',
    how: 'A body is deleted, and rows say that two people had it destroyed; there is no certificate.',
    foundBy: ['verification'],
    run: forgeDestruction,
  },
  {
    name: 'Forge a certificate of destruction',
    how: 'The same, with request and approval written into the access ledger, and a certificate, true in every member, that other keys than the ledger’s signed.',
    foundBy: ['verification'],
    run: forgeCertificate,
  },
  {
    name: 'Cut the tail',
    how: 'The last three hundred entries and records are gone, the conversations’ lines made to agree.',
    foundBy: ['verification', 'tiles', 'witness', 'receipt', 'signer'],
    run: (s) => attack(s, (c) => cut(c, s, SIZE - 300)),
  },
  {
    name: 'Cut the tail and what vouched for it',
    how: 'The same back to before a receipt was given, and every tile, checkpoint and earlier run beyond it too.',
    foundBy: ['verification', 'witness', 'receipt', 'signer'],
    verifiedBefore: true,
    run: (s) =>
      attack(s, async (c) => {
        await cut(c, s, 400);
        await c.query(`DELETE FROM tree_tiles WHERE ledger_id = ${s.ledger.id} AND tile >= 1`);
        await c.query(`DELETE FROM checkpoints WHERE ledger_id = ${s.ledger.id} AND size > 400`);
        await forgetRuns(c, s);
      }),
  },
  {
    name: 'Hash a part anew',
    how: 'A body is edited and ten entries from it on are hashed anew.',
    foundBy: ['verification', 'tiles'],
    run: (s) =>
      attack(s, async (c) => {
        await edit(c, s, 200);
        await rehash(c, s, 200, 209);
      }),
  },
  {
    name: 'Rewrite everything',
    how: 'A body is edited and every entry from it to the end hashed anew.',
    foundBy: ['verification', 'tiles', 'witness', 'receipt', 'signer'],
    run: (s) =>
      attack(s, async (c) => {
        await edit(c, s, 200);
        await rehash(c, s, 200, SIZE - 1);
      }),
  },
  {
    name: 'Rewrite everything, tiles with it',
    how: 'The same, and the tiles are made anew from it.',
    foundBy: ['verification', 'tiles', 'witness', 'receipt', 'signer'],
    run: rewriteWithTiles,
  },
  {
    name: 'Rewrite everything, and take away what vouched for it',
    how: 'The same, and every checkpoint and earlier run is deleted: the database agrees with itself.',
    foundBy: ['verification', 'tiles', 'witness', 'receipt', 'signer'],
    verifiedBefore: true,
    run: async (s) => {
      await rewriteWithTiles(s);
      await attack(s, async (c) => {
        await c.query(`DELETE FROM checkpoints WHERE ledger_id = ${s.ledger.id}`);
        await forgetRuns(c, s);
      });
    },
  },
  {
    name: 'Edit a tile',
    how: 'One hash of a stored tile is another.',
    foundBy: ['verification', 'tiles', 'receipt'],
    run: (s) =>
      sql(
        s,
        `UPDATE tree_tiles SET hashes = set_byte(hashes, 100, get_byte(hashes, 100) # 1) WHERE ledger_id = $L AND level = 0 AND tile = 1`,
      ),
  },
  {
    name: 'Edit a checkpoint’s note',
    how: 'One letter of the newest signed note is another.',
    foundBy: ['verification', 'tiles', 'witness', 'receipt'],
    run: (s) =>
      sql(
        s,
        `UPDATE checkpoints SET note = set_byte(note, octet_length(note) - 40, 65 + (get_byte(note, octet_length(note) - 40) + 1) % 26) ${NEWEST}`,
      ),
  },
  {
    name: 'Edit a checkpoint’s root',
    how: 'The row of the newest checkpoint names another root than its note.',
    foundBy: ['verification'],
    run: (s) => sql(s, `UPDATE checkpoints SET root = sha256(root) ${NEWEST}`),
  },
  {
    name: 'Edit a checkpoint’s size',
    how: 'The row of the newest checkpoint names another size than its note.',
    foundBy: ['verification'],
    run: (s) => sql(s, `UPDATE checkpoints SET size = size - 1 ${NEWEST}`),
  },
  {
    name: 'Delete a checkpoint',
    how: 'One in the middle is gone.',
    foundBy: ['verification'],
    run: (s) => sql(s, 'DELETE FROM checkpoints WHERE ledger_id = $L AND number = 2'),
  },
  {
    name: 'Give the log other keys',
    how: 'The database names keys of the attacker’s as the log’s own.',
    foundBy: ['verification', 'receipt', 'signer'],
    run: (s) => sql(s, `UPDATE signer_keys SET vkey = '${foreignKey(s.ledger.origin)}' WHERE ledger_id = $L AND kind = 'ed25519'`),
  },
  {
    name: 'Lose the signer’s memory',
    how: 'The file in which the signer remembers what it signed last is gone.',
    foundBy: ['signer'],
    run: async (s) => forgetSigned(s),
  },
  {
    name: 'Restore an old backup',
    how: 'The whole database is replaced by a copy from before the last entries; the signer is not.',
    foundBy: ['verification', 'witness', 'receipt', 'signer'],
    run: restoreBackup,
  },
  {
    name: 'Own the database and the signer, with a receipt outside',
    how: 'Everything is rewritten, the signer’s memory erased, and a new history signed with the true keys.',
    foundBy: ['witness', 'receipt'],
    run: ownEverything,
  },
  {
    name: 'Own the database and the signer before anything is outside',
    how: 'The same, while nobody outside holds a checkpoint or a receipt: this is the window that anchors close.',
    foundBy: [],
    run: async (s) => {
      await ownEverything(s);
      s.outside = null;
    },
  },
];
