'use client';

import { useMemo } from 'react';
import { Hash } from '@/components/ui/hash';
import { Status } from '@/components/ui/status';
import type { RecordDto } from '@/lib/schema/screens';
import { type Recomputed, recomputeHash, toMicroseconds } from './recompute-hash';

function safely(record: RecordDto): Recomputed | null {
  try {
    return recomputeHash(record);
  } catch {
    return null;
  }
}

function Verdict({ matches, yes, no, unknown }: { matches: boolean | null; yes: string; no: string; unknown: string }) {
  if (matches === null) return <Status tone="pending">{unknown}</Status>;
  return <Status tone={matches ? 'verified' : 'broken'}>{matches ? yes : no}</Status>;
}

/** The hash computed again where the reader sits, from the bytes that the server gave. */
export function SealCheck({ record }: { record: RecordDto }) {
  const found = useMemo(() => safely(record), [record]);
  if (found === null) return <Status tone="attention">The header cannot be read, so its hash cannot be computed here.</Status>;
  return (
    <ul className="flex flex-col gap-1 text-sm">
      <li>
        <Verdict
          matches={found.bodyMatches}
          yes="The stored bytes match their hash"
          no="The stored bytes do not match their hash"
          unknown="The bytes cannot be had here; their hash remains"
        />
      </li>
      <li>
        <Verdict matches={found.integrityMatches} yes="The entry matches its seal" no="The entry does not match its seal" unknown="" />
      </li>
      <li>
        <Verdict
          matches={found.previousMatches}
          yes={record.entry.seq === '0' ? 'It begins this ledger' : 'It follows from the entry before it'}
          no="It does not follow from the entry before it"
          unknown="The entry before it is not there"
        />
      </li>
      <li>
        <Verdict
          matches={found.nextMatches}
          yes="The next entry follows from it"
          no="The next entry does not follow from it"
          unknown="No entry follows it yet"
        />
      </li>
      <li className="text-xs text-ink-3">Computed in this browser just now.</li>
    </ul>
  );
}

/** How the hash is computed, with this entry's own values. */
export function HashRecipe({ record }: { record: RecordDto }) {
  const { entry } = record;
  const found = safely(record);
  let micros = '';
  try {
    micros = toMicroseconds(entry.received_at).toString();
  } catch {
    micros = 'unreadable';
  }
  const rows: [name: string, what: string, value: string][] = [
    ['tag', 'text', '"holdfast/entry/v1\\n"'],
    ['seq', 'u64, big-endian', entry.seq],
    ['received_at', 'u64, big-endian, microseconds since 1970', micros],
    ['conversation_seq', 'u64, big-endian', entry.conversation_seq],
    ['previous_hash', '32 bytes', entry.previous_hash],
    ['SHA-256(body)', '32 bytes', found?.bodyHash ?? entry.body_hash],
  ];
  return (
    <div className="text-sm">
      <p className="mb-2 text-ink-2">
        The integrity hash is the SHA-256 of these bytes, one after the other. Anyone can compute it; whoever changes a byte changes it and
        every hash after it.
      </p>
      <table className="w-full border-collapse">
        <caption className="sr-only">What the integrity hash covers</caption>
        <thead>
          <tr className="border-y border-rule text-left text-xs text-ink-2">
            <th scope="col" className="h-7 w-36 pr-3 font-medium">
              Part
            </th>
            <th scope="col" className="hidden pr-3 font-medium md:table-cell">
              Bytes
            </th>
            <th scope="col" className="font-medium">
              Value
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, what, value]) => (
            <tr key={name} className="border-b border-hairline align-baseline">
              <th scope="row" className="py-1 pr-3 text-left font-normal">
                {name}
              </th>
              <td className="hidden py-1 pr-3 text-ink-3 md:table-cell">{what}</td>
              <td className="mono py-1 break-all">{value}</td>
            </tr>
          ))}
          <tr className="border-b border-rule align-baseline">
            <th scope="row" className="py-1 pr-3 text-left font-medium">
              integrity_hash
            </th>
            <td className="hidden py-1 pr-3 text-ink-3 md:table-cell">SHA-256 of the above</td>
            <td className="py-1">
              <Hash value={found?.integrityHash ?? entry.integrity_hash} label="integrity hash" whole />
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
