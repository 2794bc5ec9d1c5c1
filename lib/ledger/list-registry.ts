import 'server-only';
import { indexRegistry } from '@/lib/policy/registry-match';
import type { RegistryAnswer, RegistryEntry, RegistryVersion, ToolUse } from '@/lib/schema/registry';
import { Prisma } from '@/prisma/generated/client';
import type { Tx } from './bounded-read';

interface Row {
  version: number;
  sha256: string;
  changed_by: string;
  changed_at: Date;
  note: string | null;
}
const COLUMNS = Prisma.sql`version, encode(sha256, 'hex') AS sha256, changed_by, changed_at, note`;
const said = ({ changed_at: at, ...row }: Row) => ({ ...row, changed_at: at.toISOString() });

/** What every ledger begins with. */
const NONE: RegistryAnswer['registry'] = { version: 0, sha256: null, entries: [], changed_by: null, changed_at: null, note: null };

/** @param version null for the newest @returns null where there is no such version */
export async function readVersion(tx: Tx, ledgerId: number, version: number | null): Promise<RegistryAnswer['registry'] | null> {
  if (version === 0) return NONE;
  const [row] = await tx.$queryRaw<(Row & { entries: RegistryEntry[] })[]>`
    SELECT ${COLUMNS}, entries FROM registry_versions WHERE ledger_id = ${ledgerId} AND version = coalesce(${version}::int, version) ORDER BY version DESC LIMIT 1`;
  if (row === undefined) return version === null ? NONE : null;
  const { entries, ...rest } = row;
  return { ...said(rest), entries };
}

/** Newest first. */
export async function listVersions(tx: Tx, ledgerId: number, most: number): Promise<RegistryVersion[]> {
  const rows = await tx.$queryRaw<(Row & { entries: number })[]>`
    SELECT ${COLUMNS}, jsonb_array_length(entries) AS entries FROM registry_versions WHERE ledger_id = ${ledgerId} ORDER BY version DESC LIMIT ${most}`;
  return rows.map(({ entries, ...row }) => ({ ...said(row), entries }));
}

/** Every name that was counted, at most some thousands; newest use first. */
export async function listToolUse(tx: Tx, ledgerId: number): Promise<Omit<ToolUse, 'entry'>[]> {
  const rows = await tx.$queryRaw<{ tool: string; count: bigint; unmapped: bigint; first_at: Date; last_at: Date }[]>`
    SELECT tool, count, unmapped, first_at, last_at FROM tool_use WHERE ledger_id = ${ledgerId}`;
  return rows
    .sort((a, b) => b.last_at.getTime() - a.last_at.getTime() || (a.tool < b.tool ? -1 : 1))
    .map((row) => ({
      tool: row.tool === '' ? null : row.tool,
      count: Number(row.count),
      unmapped: Number(row.unmapped),
      first_at: row.first_at.toISOString(),
      last_at: row.last_at.toISOString(),
    }));
}

/** How many of the names that were called the newest registry does not know. */
export async function countUnmapped(tx: Tx, ledgerId: number): Promise<number> {
  const { entries } = (await readVersion(tx, ledgerId, null))!;
  const rows = await tx.$queryRaw<{ tool: string }[]>`SELECT tool FROM tool_use WHERE ledger_id = ${ledgerId} AND tool <> ''`;
  const index = indexRegistry({ version: 0, entries });
  return rows.filter(({ tool }) => index.find('tool', tool) === null).length;
}
