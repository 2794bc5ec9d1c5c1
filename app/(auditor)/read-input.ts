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
