import 'server-only';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { sendMail } from '@/lib/outbound/send-mail';
import type { CheckpointDto } from '@/lib/schema/proofs';

export interface MailedCheckpoint {
  message_id: string;
  to: string[];
  /** Addresses that the server would not take. */
  refused: string[];
}

/** The signed note as text and as a file, to people who keep their mail. @throws MailError where nobody was reached */
export async function mailCheckpoint(to: readonly string[], ledger: LedgerRow, checkpoint: CheckpointDto): Promise<MailedCheckpoint> {
  const { number, origin, size, root, signed_at, note } = checkpoint;
  const text = [
    `Checkpoint ${number} of the audit ledger ${ledger.slug} (${origin})`,
    '',
    `Entries: ${size}`,
    `Root:    ${root}`,
    `Signed:  ${signed_at}`,
    '',
    'Please keep this message. With the attached file anyone can find out later, without trusting those who run the ledger, whether the entries that it covers',
    'are still what they were: open the integrity page of the ledger and drop the file in, or hand it to a tool that reads C2SP checkpoints.',
    '',
    note,
  ].join('\n');
  const sent = await sendMail({
    to,
    subject: `Checkpoint ${number} of ${ledger.slug}: ${size} entries`,
    text,
    attachments: [{ filename: `checkpoint-${ledger.slug}-${number}.txt`, content: note }],
  });
  return { message_id: sent.messageId, to: sent.accepted, refused: sent.refused };
}
