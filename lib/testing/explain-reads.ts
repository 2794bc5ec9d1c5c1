import pg from 'pg';
import { Prisma } from '@/prisma/generated/client';

export interface ExplainedQuery {
  text: string;
  /** Pages touched, whether they were in memory or not. */
  buffers: number;
  /** Tables that were read from end to end. */
  scanned: string[];
  /** Indexes used, in the order of the plan. */
  indexes: string[];
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Loops': number;
  Plans?: PlanNode[];
}

/**
 * A transaction that explains each query before it runs it, as the application's role and with the settings that the read asks for. Only raw queries, which
 * is all that reads of the ledger use.
 */
export async function explainReads<T>(
  appUrl: string,
  read: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<{ result: T; queries: ExplainedQuery[] }> {
  const client = new pg.Client({ connectionString: appUrl });
  client.setTypeParser(20, (value: string) => BigInt(value));
  await client.connect();
  const queries: ExplainedQuery[] = [];
  const run = async (query: TemplateStringsArray | Prisma.Sql, ...values: unknown[]): Promise<unknown[]> => {
    const sql = query instanceof Prisma.Sql ? query : Prisma.sql(query, ...(values as string[]));
    if (!sql.text.includes('set_config')) {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${sql.text}`, [...sql.values]);
      const plan = rows[0]['QUERY PLAN'][0].Plan as PlanNode & { 'Shared Hit Blocks': number; 'Shared Read Blocks': number };
      const nodes = flatten(plan).filter((node) => node['Actual Loops'] > 0);
      queries.push({
        text: sql.text,
        buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
        scanned: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']!),
        indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
      });
    }
    return (await client.query(sql.text, [...sql.values])).rows;
  };
  try {
    await client.query('BEGIN');
    const result = await read({ $queryRaw: run } as unknown as Prisma.TransactionClient);
    await client.query('COMMIT');
    return { result, queries };
  } finally {
    await client.end();
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}
