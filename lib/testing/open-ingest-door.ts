import type { AddressInfo } from 'node:net';
import { insertKey, revokeKeyRow } from '@/lib/auth/api-keys';
import { prisma } from '@/lib/db';
import { createListener } from '@/lib/server/listener';
import type { TestDatabase } from './fresh-database';

export interface IngestDoor {
  /** Of POST /api/v1/records on the real listener. */
  url: string;
  /** May write as the given agents, and as users. */
  key: string;
  /** May not write `actor_type: user`. */
  agentOnlyKey: string;
  revokedKey: string;
  readKey: string;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** The product's own listener on a free port, with keys for the ledger `main`. */
export async function openIngestDoor(
  db: TestDatabase,
  agentNames: string[],
  options: Parameters<typeof createListener>[0] = {},
): Promise<IngestDoor> {
  const { server } = createListener(options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/records`;
  const make = (mayWriteUser: boolean, kind: 'ingest' | 'read' = 'ingest') =>
    insertKey(prisma(), {
      ledgerId: db.ledgers.main,
      kind,
      name: 'test',
      agentNames,
      mayWriteUser,
      expiresAt: null,
      createdBy: null,
    });
  const [full, agentOnly, revoked, read] = [await make(true), await make(false), await make(true), await make(false, 'read')];
  await revokeKeyRow(prisma(), revoked.row.id, new Date());
  return {
    url,
    key: full.secret,
    agentOnlyKey: agentOnly.secret,
    revokedKey: revoked.secret,
    readKey: read.secret,
    post: (body, headers = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${full.secret}`, ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
