'use client';

import { KEY_KINDS, keyIdOf } from '@/components/proof/note-keys';
import { SettingsTable } from '@/components/settings/settings-table';
import { CopyButton } from '@/components/ui/copy-button';
import { formatCount } from '@/components/ui/format-count';
import { InertText } from '@/components/ui/inert-text';
import { Time } from '@/components/ui/time';
import type { IncarnationDto, SignerKeyDto } from '@/lib/schema/proofs';

function sizes(key: SignerKeyDto): string {
  return key.to_size === null ? `${formatCount(key.from_size)} on` : `${formatCount(key.from_size)} to ${formatCount(key.to_size)}`;
}

/** Verifier keys, each with the sizes of the tree for which its signature counts. */
export function KeysTable({ keys }: { keys: SignerKeyDto[] }) {
  if (keys.length === 0) return <p className="py-2 text-sm text-ink-2">No key yet. The signer makes its keys when it starts first.</p>;
  return (
    <SettingsTable
      caption="Keys of the signer"
      head={['Kind', 'Id', 'Valid for sizes', 'Since', '']}
      hideBelow={[null, null, null, 'md', null]}
      rows={[...keys].reverse().map((key) => ({
        id: `${key.incarnation} ${key.vkey}`,
        faded: key.to_size !== null,
        cells: [
          KEY_KINDS[key.kind],
          <code key="id" className="mono" title={key.vkey}>
            {keyIdOf(key.vkey)}
          </code>,
          <span key="sizes" className="tnum">
            {sizes(key)}
          </span>,
          <Time key="since" at={key.introduced_at} precision="minute" />,
          <CopyButton key="copy" text={key.vkey} label={`Copy verifier key ${keyIdOf(key.vkey)}`} words />,
        ],
      }))}
    />
  );
}

/** Under which names the tree was signed. More than one: the ledger was once restored behind what had been signed. */
export function IncarnationsTable({ incarnations }: { incarnations: IncarnationDto[] }) {
  return (
    <SettingsTable
      caption="Incarnations"
      head={['No.', 'Origin', 'Began', 'With', 'After']}
      hideBelow={[null, null, 'md', null, 'md']}
      rows={[...incarnations].reverse().map((incarnation) => ({
        id: String(incarnation.number),
        cells: [
          String(incarnation.number),
          <code key="origin" className="mono">
            <InertText text={incarnation.origin} />
          </code>,
          <Time key="began" at={incarnation.began_at} />,
          <span key="with" className="tnum">
            {formatCount(incarnation.size)} records
          </span>,
          incarnation.previous_size === null ? (
            <span key="after" className="text-ink-3">
              the first
            </span>
          ) : (
            <span key="after" className="tnum">
              {formatCount(incarnation.previous_size)} were signed before
            </span>
          ),
        ],
      }))}
    />
  );
}
