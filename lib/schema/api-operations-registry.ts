import * as z from 'zod/mini';
import { type ApiOperation, inGroup, inLedger, ledger } from './api-operation';
import { PreviewAnswer, PreviewRegistryBody, RegistryAnswer, RegistryFile, SaveRegistryBody, ToolUseAnswer } from './registry';

const { post, look } = inGroup('Registry');
const ofVersion = z.object({ ledger, version: z.optional(z.string().check(z.regex(/^\d{1,9}$/))) });

/** What tools and data sources mean for a record. */
export const REGISTRY_OPERATIONS: readonly ApiOperation[] = [
  look(
    '/api/v1/registry',
    'The registry of tools and data sources: the newest version, or another one',
    ofVersion,
    RegistryAnswer,
    'Version 0 is the empty one that every ledger begins with.',
  ),
  post(
    '/api/v1/registry',
    'Keep a new version of the registry, whole',
    { status: 201, say: 'The version as it is kept.', schema: RegistryAnswer },
    SaveRegistryBody,
    'if_version is the version that the entries were made from; where somebody else has changed it meanwhile the answer is conflict. Records that come in from then on are judged by it, in every process within two seconds; those that are there are not rewritten.',
  ),
  post(
    '/api/v1/registry/preview',
    'What these entries would have made of the last seven days; nothing is changed',
    { status: 200, say: 'Records that would have been kept otherwise, in groups.', schema: PreviewAnswer },
    PreviewRegistryBody,
    'Looks at the newest 10,000 calls of tools and accesses of data; complete: false says that there are more.',
  ),
  look('/api/v1/registry/tools', 'How often each tool was called, unmapped ones first', inLedger, ToolUseAnswer),
  look('/api/v1/registry/file', 'A version of the registry as a file, for another ledger to import', ofVersion, RegistryFile),
];
