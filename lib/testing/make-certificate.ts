import type { DestructionCertificate } from '@/lib/chain/destruction-certificate';

const HASH = 'ab'.repeat(32);

/** A certificate of a ledger, as one can look. */
export function someCertificate(ledger: string, vkey: string, over: Partial<DestructionCertificate> = {}): DestructionCertificate {
  return {
    approved: { at: '2026-11-21T10:05:00.000Z', by: 'ruth@example.org' },
    authority: 'Retention schedule 4.2',
    checkpoint: { number: '12', root: HASH, size: '100' },
    finished_at: '2026-11-21T10:06:00.000Z',
    hold_check: { holds: [], say: 'Asked in each transaction.' },
    id: '00000000-0000-4000-8000-000000000001',
    issued_at: '2026-11-21T10:06:01.000Z',
    keys: [{ from_size: '0', incarnation: 1, introduced_at: '2026-01-01T00:00:00.000Z', kind: 'ed25519', to_size: null, vkey }],
    ledger,
    left: { held: 0, not_due: 0, unsound: 0 },
    method: 'Deleted.',
    number: 3,
    objects: { count: 0, list: [], pending: 0 },
    policies_version: 1,
    previous: null,
    reason: 'Its time is over',
    records: {
      destroyed: 2,
      entries_sha256: HASH,
      first: '0',
      last: '1',
      positions_sha256: HASH,
      ranges: [['0', '1']],
      requested: 2,
      requested_positions_sha256: HASH,
    },
    requested: { at: '2026-11-21T10:00:00.000Z', by: 'ada@example.org' },
    scope: { from: null, kind: 'conversation', to: null, until: null, value: 'talk-1' },
    stays: 'Entries.',
    version: 1,
    words: { backups_until: '2026-12-26T10:06:00.000Z', key_ids: [], keys: 0, keys_sha256: HASH, parts: 0 },
    ...over,
  };
}
