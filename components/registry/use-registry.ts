'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useApi } from '@/components/api/reauthenticate';
import { useLedgerPath } from '@/components/shell/frame-context';
import { useToast } from '@/components/ui/toast';
import type { PreviewAnswer, RegistryAnswer, RegistryEntry } from '@/lib/schema/registry';

interface Wish {
  entries: RegistryEntry[];
  note?: string;
  /** What the toast says. */
  say: string;
}

/** Saving a new version and asking what it would have made of the last week. @param version the newest, which the entries were made from */
export function useRegistry(version: number, onSaved?: () => void) {
  const api = useApi();
  const at = useLedgerPath();
  const router = useRouter();
  const toast = useToast();
  const save = useMutation({
    mutationFn: ({ entries, note }: Wish) =>
      api<RegistryAnswer>(at('/api/v1/registry'), {
        method: 'POST',
        body: { if_version: version, entries, ...(note?.trim() ? { note: note.trim() } : {}) },
      }),
    onSuccess: (answer, { say }) => {
      toast(say, `Version ${answer.newest} counts for every record from now on.`);
      onSaved?.();
      router.refresh();
    },
  });
  const preview = useMutation({
    mutationFn: (entries: RegistryEntry[]) => api<PreviewAnswer>(at('/api/v1/registry/preview'), { method: 'POST', body: { entries } }),
  });
  return { save, preview, toast };
}
