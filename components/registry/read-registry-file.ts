import { JsonFault, readJsonText } from '@/lib/chain/read-json';
import { findFault, tidyEntries } from '@/lib/policy/registry-check';
import { type RegistryEntry, RegistryFile } from '@/lib/schema/registry';

export type ReadFile = { entries: RegistryEntry[]; from: string } | { fault: string };

/** A registry from a file that somebody chose, read as strictly as the server reads it. */
export function readRegistryFile(text: string): ReadFile {
  let document: unknown;
  try {
    document = readJsonText(text);
  } catch (error) {
    if (error instanceof JsonFault) return { fault: `This is not a JSON file that can be read: ${error.message}.` };
    throw error;
  }
  const read = RegistryFile.safeParse(document);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? '' : ` (at /${issue.path.map(String).join('/')})`;
    return { fault: `This is not the file of a registry${place}.` };
  }
  const fault = findFault(read.data.entries);
  if (fault !== null) return { fault: fault.detail };
  const { ledger, version } = read.data;
  return {
    entries: tidyEntries(read.data.entries),
    from: ledger === undefined ? 'a file' : `${ledger}${version === undefined ? '' : `, version ${version}`}`,
  };
}
