'use client';

import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog } from '@/components/ui/dialog';

interface Props {
  title: string;
  description: ReactNode;
  secret: string;
  /** What becomes of it here. */
  kept?: string;
  onClose: () => void;
}

/** Shows what is shown once. Only its own button closes it. */
export function SecretDialog({ title, description, secret, kept = 'Only its hash is kept.', onClose }: Props) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={description} keepOpen>
      <div className="flex items-start gap-3 rounded border border-rule bg-paper p-3">
        <code className="mono flex-1 break-all" data-secret>
          {secret}
        </code>
        <CopyButton text={secret} label="Copy" words />
      </div>
      <p className="mt-3 text-sm text-ink-2">{kept} It cannot be shown again.</p>
      <div className="mt-4 flex justify-end">
        <Button tone="primary" onClick={onClose}>
          I have kept it
        </Button>
      </div>
    </Dialog>
  );
}
