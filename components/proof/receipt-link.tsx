'use client';

import { useFrame, useLedgerPath } from '@/components/shell/frame-context';
import { buttonClass } from '@/components/ui/button';
import { coverageOf } from './coverage';

/** The receipt as a file (C2SP tlog-proof): position, path, signed checkpoint. It verifies without this server. */
export function ReceiptLink({ id, seq }: { id: string; seq: string }) {
  const { proof } = useFrame();
  const at = useLedgerPath();
  if (!coverageOf(proof, seq).covered) return null;
  return (
    <a
      href={at(`/api/v1/records/${encodeURIComponent(id)}/proof`)}
      download={`record-${seq}.tlog-proof`}
      className={buttonClass('plain', 'small')}
    >
      Receipt
      <span className="sr-only"> of record {seq} as a .tlog-proof file</span>
    </a>
  );
}
