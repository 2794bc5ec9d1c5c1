import 'server-only';
import type { Kept } from '@/lib/ledger/prepare-record';
import { registryInForce } from '@/lib/ledger/read-registry';
import { log } from '@/lib/log';
import { applyRegistry } from '@/lib/policy/registry-apply';
import { OwnAccesses } from '@/lib/policy/registry-derive';
import type { RegistryIndex } from '@/lib/policy/registry-match';
import { RefusalError } from '@/lib/schema/errors';
import type { RecordInput } from '@/lib/schema/record';
import { REGISTRY_LIMITS } from '@/lib/schema/registry';
import type { Judged, Received } from './read-records';

/**
 * What was received, with what the registry in force makes of it: classification, domains, `details.registry`, and the records derived from calls of tools.
 * @throws RefusalError store_busy where the registry cannot be read
 */
export async function underRegistry(received: Received, ledgerId: number): Promise<Received> {
  const items = received.kind === 'single' ? [received.item] : received.items;
  const reserved = items.map(refuseReserved);
  const judged = reserved.some(concerned) ? await judgeAll(reserved, ledgerId) : reserved;
  return received.kind === 'single' ? { kind: 'single', item: judged[0] } : { kind: 'batch', items: judged };
}

/** What only the server may say in details. */
const RESERVED = ['derived_from', 'registry'];

function refuseReserved(item: Judged): Judged {
  if ('refusal' in item || item.record.details === undefined) return item;
  for (const name of RESERVED) {
    if (Object.hasOwn(item.record.details, name))
      return {
        refusal: {
          code: 'reserved_detail',
          pointer: `/details/${name}`,
          detail: `details.${name} is written by the server; leave it out.`,
        },
      };
  }
  return item;
}

function concerned(item: Judged): boolean {
  if ('refusal' in item) return false;
  const { action } = item.record;
  return action === 'tool_invoked' || action === 'data_accessed' || action === 'data_modified';
}

async function judgeAll(items: Judged[], ledgerId: number): Promise<Judged[]> {
  const registry = await registryInForce(ledgerId).catch((error: unknown) => {
    log.error({ err: error, ledger: ledgerId }, 'the registry cannot be read');
    throw new RefusalError('store_busy');
  });
  const own = new OwnAccesses();
  const ids = new Set<string>();
  for (const item of items) {
    if ('refusal' in item) continue;
    own.add(item.record);
    ids.add(item.record.id);
  }
  return items.map((item) => {
    if (!concerned(item) || 'refusal' in item) return item;
    const kept = keptOf(item.record, registry, own);
    if (kept.derived?.some(({ id }) => ids.has(id))) {
      return {
        refusal: {
          code: 'idempotency_conflict',
          pointer: '/id',
          detail: 'Another record of this request has the id of one that is derived from this.',
        },
      };
    }
    return { ...item, kept: { ...item.kept, ...kept } };
  });
}

function keptOf(record: RecordInput, registry: RegistryIndex, own: OwnAccesses): Kept {
  const applied = applyRegistry(record, registry, own);
  const isCall = record.action === 'tool_invoked';
  const name = applied?.tool !== undefined && applied.tool.length <= REGISTRY_LIMITS.nameChars ? applied.tool : '';
  const toolUse = { tool: name, mapped: applied?.addition.registry.entry !== undefined, version: registry.version };
  if (applied === null) return isCall ? { toolUse } : {};
  const { addition, derived } = applied;
  return {
    ...(addition.data_classification && { data_classification: addition.data_classification }),
    ...(addition.domains && { domains: addition.domains }),
    details: { ...record.details, registry: addition.registry },
    ...(derived.length > 0 && { derived }),
    ...(isCall && { toolUse }),
  };
}
