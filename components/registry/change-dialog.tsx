'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import type { RegistryEntry } from '@/lib/schema/registry';
import { PreviewView } from './preview-view';
import { changeWords, mergeEntries } from './registry-words';
import { useRegistry } from './use-registry';

interface Props {
  title: string;
  description: ReactNode;
  /** Entries that stand now, null where they are not at hand, and those that would. */
  entries: readonly RegistryEntry[] | null;
  next: RegistryEntry[];
  version: number;
  action: string;
  say: string;
  /** Entries of a file may also be added to what is there. */
  mayMerge?: boolean;
  onClose: () => void;
}

/** Many entries at once: out, in from a file, or back to an earlier version. What changes is said before it is saved. */
export function ChangeDialog({ title, description, entries, next, version, action, say, mayMerge = false, onClose }: Props) {
  const [how, setHow] = useState('merge');
  const [note, setNote] = useState('');
  const { save, preview } = useRegistry(version, onClose);
  const wish = mayMerge && how === 'merge' ? mergeEntries(entries ?? [], next) : next;
  const words = entries === null ? null : changeWords(entries, wish);
  const error = save.error ?? preview.error;
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} width="wide" title={title} description={description}>
      <div className="flex flex-col gap-3">
        {mayMerge && (
          <Field label="What happens to entries that are here">
            <Select
              value={how}
              onChange={(value) => {
                setHow(value);
                preview.reset();
              }}
              options={[
                { value: 'merge', label: 'They stay; where both have one, the file’s counts' },
                { value: 'replace', label: 'They go; only the file’s count' },
              ]}
              aria-label="What happens to entries that are here"
            />
          </Field>
        )}
        {words !== null && (
          <p className="text-sm">
            Against version {version}: <strong className="font-medium">{words}</strong>.
          </p>
        )}
        <Field label="Note" hint="Why; it stands beside the version.">
          <Input value={note} onValueChange={(value: string) => setNote(value)} maxLength={500} />
        </Field>
        {preview.data !== undefined && <PreviewView answer={preview.data} />}
        {error !== null && (
          <p role="alert" className="text-sm text-broken">
            {error.message}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button onClick={() => preview.mutate(wish)} busy={preview.isPending}>
            Preview
          </Button>
          <Button
            tone="primary"
            busy={save.isPending}
            disabled={words === 'nothing changes'}
            onClick={() => save.mutate({ entries: wish, note, say })}
          >
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
