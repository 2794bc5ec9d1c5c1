'use client';

import { Bookmark, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { useApi } from '@/components/api/reauthenticate';
import { useFrame } from '@/components/shell/frame-context';
import { Button, buttonClass } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field, Input } from '@/components/ui/field';
import { Menu, MenuHeading, MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu';

/** A view is kept without its place in the list: it opens on the newest page. */
export function queryToSave(params: URLSearchParams): string {
  const kept = new URLSearchParams(params);
  for (const member of ['older', 'newer', 'peek', 'ledger']) kept.delete(member);
  kept.sort();
  return kept.toString();
}

/** The person's own views of this list: open, save, forget. */
export function SavedViews() {
  const path = usePathname();
  const router = useRouter();
  const callApi = useApi();
  const views = useFrame().views.filter((view) => view.screen === path);
  const params = useSearchParams();
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const query = queryToSave(new URLSearchParams(params));
      await callApi('/api/v1/account/views', { method: 'POST', body: { screen: path, name: name.trim(), query } });
      router.refresh();
      setNaming(false);
      setName('');
    } catch (refusal) {
      setError(refusal instanceof Error ? refusal.message : 'The view was not saved.');
    }
  };
  const forget = async (id: string) => {
    await callApi(`/api/v1/account/views/${id}`, { method: 'DELETE' });
    router.refresh();
  };
  const trigger = (
    <button type="button" className={buttonClass('quiet', 'small')}>
      <Bookmark size={13} aria-hidden />
      Views
    </button>
  );
  return (
    <>
      <Menu trigger={trigger} align="end">
        {views.length === 0 && <MenuHeading>No saved views yet</MenuHeading>}
        {views.map((view) => (
          <div key={view.id} className="flex items-center">
            <MenuLink render={<Link href={`${path}?${view.query}`} prefetch={false} />}>{view.name}</MenuLink>
            <button
              type="button"
              aria-label={`Delete view ${view.name}`}
              onClick={() => void forget(view.id)}
              className="grid size-7 shrink-0 place-items-center rounded text-ink-3 hover:bg-sunk hover:text-ink"
            >
              <Trash2 size={13} aria-hidden />
            </button>
          </div>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={() => setNaming(true)}>Save this view…</MenuItem>
      </Menu>
      <Dialog
        open={naming}
        onOpenChange={setNaming}
        title="Save this view"
        description="Keeps the filters and columns for you, under a name."
      >
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field label="Name" error={error}>
            <Input value={name} onValueChange={(value: string) => setName(value)} required maxLength={80} autoFocus />
          </Field>
          <div className="flex justify-end gap-2">
            <Button onClick={() => setNaming(false)}>Cancel</Button>
            <Button type="submit" tone="primary">
              Save
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
