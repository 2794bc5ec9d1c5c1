'use client';

import { useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { signOut } from 'next-auth/react';
import { useState } from 'react';
import { Menu, MenuChoice, MenuHeading, MenuItem, MenuLink, MenuSeparator } from '@/components/ui/menu';
import type { FrameDto } from '@/lib/schema/screens';
import { chooseTheme, readTheme, type Theme } from './preferences';

const THEMES: { value: Theme; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Paper and ink' },
  { value: 'dark', label: 'By lamplight' },
];

export function AccountMenu({ person, onShortcuts }: { person: FrameDto['person']; onShortcuts: () => void }) {
  const [theme, setTheme] = useState<Theme>('system');
  const queries = useQueryClient();
  const trigger = (
    <button
      type="button"
      onPointerDown={() => setTheme(readTheme())}
      onFocus={() => setTheme(readTheme())}
      className="w-full rounded px-2 py-1.5 text-left hover:bg-sunk data-popup-open:bg-sunk"
    >
      <span className="block truncate text-sm font-medium">{person.name}</span>
      <span className="block truncate text-xs text-ink-3">{person.email}</span>
    </button>
  );
  return (
    <Menu trigger={trigger} side="top">
      <MenuLink render={<Link href="/settings/account" prefetch={false} />}>Your account</MenuLink>
      <MenuItem onSelect={onShortcuts}>Keyboard</MenuItem>
      <MenuSeparator />
      <MenuHeading>Theme</MenuHeading>
      <MenuChoice
        value={theme}
        options={THEMES}
        onChange={(next) => {
          chooseTheme(next);
          setTheme(next);
        }}
      />
      <MenuSeparator />
      <MenuItem
        onSelect={() => {
          queries.clear();
          void signOut({ callbackUrl: '/sign-in' });
        }}
      >
        Sign out
      </MenuItem>
    </Menu>
  );
}
