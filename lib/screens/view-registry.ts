import 'server-only';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead, type Tx } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listToolUse, listVersions, readVersion } from '@/lib/ledger/list-registry';
import { addToolUse } from '@/lib/ledger/note-tool-use';
import { readToolRecords } from '@/lib/ledger/read-tool-records';
import { may } from '@/lib/policy/permissions';
import { indexRegistry } from '@/lib/policy/registry-match';
import { suggestEntry } from '@/lib/policy/registry-preview';
import {
  entryLabel,
  type RegistryAnswer,
  type RegistryDto,
  type RegistryEntry,
  type RegistryFile,
  type ToolUse,
} from '@/lib/schema/registry';
import type { FrameDto } from '@/lib/schema/screens';
import { auditedScreen, refuse, type ViewInput } from './audited-screen';

const VERSIONS = 50;
/** Unmapped tools that get a suggestion, and the accesses that are looked through for them. */
const SUGGESTED = 200;
const ACCESSES = 1_000;

/** The registry in force or `?version=`, with how the tools are used. @throws RefusalError format at /version; not_found */
export async function viewRegistry(viewer: Viewer, input: ViewInput): Promise<{ frame: FrameDto } & RegistryDto> {
  const version = asked(input);
  await addToolUse();
  const look = { permission: 'registry.read', screen: '/registry', ...(version !== null && { details: { version } }) } as const;
  return auditedScreen(viewer, input, look, ({ ledger, role }) =>
    boundedRead(async (tx) => {
      const shown = await readOrRefuse(tx, ledger, version);
      const newest = version === null ? shown : ((await readVersion(tx, ledger.id, null)) ?? shown);
      const use = withEntries(await listToolUse(tx, ledger.id), newest.entries);
      const unmapped = use.filter((each) => each.tool !== null && each.entry === null).sort((a, b) => b.count - a.count);
      const manages = may(role, 'registry.manage') && ledger.kind === 'agents';
      return {
        registry: shown,
        newest: newest.version,
        versions: await listVersions(tx, ledger.id, VERSIONS),
        unmapped: await withSuggestions(tx, ledger, unmapped, manages),
        tools: use.filter((each) => each.tool !== null && each.entry !== null),
        nameless: use.find((each) => each.tool === null) ?? null,
        may_manage: manages,
      };
    }),
  );
}

/** The same for the API: the entries of a version, whole. @throws RefusalError as viewRegistry */
export async function readRegistryVersion(viewer: Viewer, input: ViewInput): Promise<RegistryAnswer> {
  const version = asked(input);
  const look = { permission: 'registry.read', screen: '/api/v1/registry', ...(version !== null && { details: { version } }) } as const;
  const { frame: _, ...answer } = await auditedScreen(viewer, input, look, ({ ledger }) =>
    boundedRead(async (tx) => {
      const registry = await readOrRefuse(tx, ledger, version);
      return { registry, newest: version === null ? registry.version : ((await readVersion(tx, ledger.id, null))?.version ?? 0) };
    }),
  );
  return answer;
}

/** A version as a file that another ledger can import. @throws RefusalError as viewRegistry */
export async function exportRegistry(viewer: Viewer, input: ViewInput): Promise<{ name: string; file: RegistryFile }> {
  const version = asked(input);
  const look = { permission: 'registry.read', screen: '/api/v1/registry/file', ...(version !== null && { details: { version } }) } as const;
  const { name, file } = await auditedScreen(viewer, input, look, ({ ledger }) =>
    boundedRead(async (tx) => {
      const registry = await readOrRefuse(tx, ledger, version);
      const file: RegistryFile = {
        format: 'holdfast/registry/v1',
        ledger: ledger.slug,
        version: registry.version,
        entries: [...registry.entries],
      };
      return { name: `registry-${ledger.slug}-v${registry.version}.json`, file };
    }),
  );
  return { name, file };
}

/** How often each tool was called, unmapped ones first. @throws RefusalError as auditedRead */
export async function readToolUse(viewer: Viewer, input: ViewInput): Promise<{ tools: ToolUse[]; version: number }> {
  await addToolUse();
  const look = { permission: 'registry.read', screen: '/api/v1/registry/tools' } as const;
  const { frame: _, ...answer } = await auditedScreen(viewer, input, look, ({ ledger }) =>
    boundedRead(async (tx) => {
      const registry = (await readVersion(tx, ledger.id, null))!;
      const tools = withEntries(await listToolUse(tx, ledger.id), registry.entries);
      return {
        tools: [...tools.filter((each) => each.entry === null), ...tools.filter((each) => each.entry !== null)],
        version: registry.version,
      };
    }),
  );
  return answer;
}

function asked({ params }: ViewInput): number | null {
  const text = params?.get('version') || null;
  if (text === null) return null;
  if (!/^\d{1,9}$/.test(text)) refuse('format', 'The version is not a number.', '/version');
  return Number(text);
}

async function readOrRefuse(tx: Tx, ledger: LedgerRow, version: number | null): Promise<RegistryAnswer['registry']> {
  return (await readVersion(tx, ledger.id, version)) ?? refuse('not_found', 'This ledger has no such version of its registry.');
}

function withEntries(use: readonly Omit<ToolUse, 'entry'>[], entries: readonly RegistryEntry[]): ToolUse[] {
  const index = indexRegistry({ version: 0, entries });
  return use.map((each) => {
    const entry = each.tool === null ? null : index.find('tool', each.tool);
    return { ...each, entry: entry === null ? null : entryLabel(entry) };
  });
}

async function withSuggestions(tx: Tx, ledger: LedgerRow, unmapped: ToolUse[], manages: boolean): Promise<RegistryDto['unmapped']> {
  if (!manages || unmapped.length === 0) return unmapped.map((each) => ({ ...each, suggestion: null }));
  const { records } = await readToolRecords(tx, ledger, 0n, ACCESSES, ['data_accessed', 'data_modified']);
  const of = new Map<unknown, (typeof records)[number]['body'][]>();
  for (const { body } of records) of.set(body.details?.tool, [...(of.get(body.details?.tool) ?? []), body]);
  return unmapped.map((each, place) => ({
    ...each,
    suggestion: each.tool !== null && place < SUGGESTED ? suggestEntry(each.tool, of.get(each.tool) ?? []) : null,
  }));
}
