import { cookies } from 'next/headers';

export type Search = Promise<Record<string, string | string[] | undefined>>;

/** The address and the remembered ledger, as the views take them. Of a member that stands twice, the first counts. */
export async function readInput(search: Search, id?: string) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(await search)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) params.set(name, first);
  }
  const ledger = (await cookies()).get('hf_ledger')?.value ?? null;
  return { ledger, params, ...(id === undefined ? {} : { id }) };
}

/** A part of the path as it was meant. One whose percent-encoding is broken stays as it stands, and names nothing. */
export function readSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
