import 'server-only';
import { env } from '@/lib/env';
import { readContentPolicy } from '@/lib/ledger/read-content-settings';
import type { ContentSettings } from '@/lib/schema/words';

/** As with the registry: a change counts in every process within two seconds. */
const FRESH_MS = 2_000;
const held = new Map<string, { settings: Promise<ContentSettings>; at: number }>();

/** How a ledger's words are kept, as its settings say. @throws Error where the database does not answer */
export function contentPolicy(ledgerId: number): Promise<ContentSettings> {
  const key = `${env().DATABASE_URL}#${ledgerId}`;
  const known = held.get(key);
  if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.settings;
  const settings = readContentPolicy(ledgerId);
  held.set(key, { settings, at: performance.now() });
  settings.catch(() => held.delete(key));
  return settings;
}
