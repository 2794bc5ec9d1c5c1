import * as z from 'zod/mini';
import { type ApiOperation, CHANGE, inLedger, ledger, read } from './api-operation';
import { PreviewAnswer, PreviewRegistryBody, RegistryAnswer, RegistryFile, SaveRegistryBody, ToolUseAnswer } from './registry';

const ofVersion = z.object({ ledger, version: z.optional(z.string().check(z.regex(/^\d{1,9}$/))) });

const operations: readonly ApiOperation[] = [
  read(
    '/api/v1/registry',
    'The registry of tools and data sources: the newest version, or another one',
    ofVersion,
    RegistryAnswer,
    'Version 0 is the empty one that every ledger begins with.',
  ),
  {
    method: 'post',
    path: '/api/v1/registry',
    group: 'Registry',
    summary: 'Keep a new version of the registry, whole',
    description:
      'if_version is the version that the entries were made from; where somebody else has changed it meanwhile the answer is conflict. Records that come in from then on are judged by it, in every process within two seconds; those that are there are not rewritten.',
    access: 'session',
    query: inLedger,
    body: SaveRegistryBody,
    answers: [{ status: 201, say: 'The version as it is kept.', schema: RegistryAnswer }],
    refuses: CHANGE,
  },
  {
    method: 'post',
    path: '/api/v1/registry/preview',
    group: 'Registry',
    summary: 'What these entries would have made of the last seven days; nothing is changed',
    description: 'Looks at the newest 10,000 calls of tools and accesses of data; complete: false says that there are more.',
    access: 'session',
    query: inLedger,
    body: PreviewRegistryBody,
    answers: [{ status: 200, say: 'Records that would have been kept otherwise, in groups.', schema: PreviewAnswer }],
    refuses: CHANGE,
  },
  read('/api/v1/registry/tools', 'How often each tool was called, unmapped ones first', inLedger, ToolUseAnswer),
  read('/api/v1/registry/file', 'A version of the registry as a file, for another ledger to import', ofVersion, RegistryFile),
];

/** What tools and data sources mean for a record. */
export const REGISTRY_OPERATIONS: readonly ApiOperation[] = operations.map((operation) => ({ ...operation, group: 'Registry' }));
