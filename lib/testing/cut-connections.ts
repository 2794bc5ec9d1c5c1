import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Where in the course of one call the connection is cut: before the server hears of it, after, after it has answered, or not cut but silent. */
export type Cut = 'before' | 'during' | 'after' | 'silence';

export interface CuttingProxy {
  /** The same database by way of the proxy. */
  url: string;
  /** The next message that holds `marker` meets this fate; everything before and after passes. */
  next(cut: Cut, marker: string): void;
  /** How many were cut so far. */
  cuts(): number;
  close(): Promise<void>;
}

/** A TCP proxy before a database that breaks connections at chosen moments. */
export async function cutConnections(url: string): Promise<CuttingProxy> {
  const target = new URL(url);
  let waiting: { cut: Cut; marker: string } | null = null;
  let done = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let fate: Cut | null = null;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        // A silent connection does not tell its client that the other side is gone.
        if (fate !== 'silence') end();
      });
    }
    client.on('data', (chunk) => {
      if (fate === null && waiting !== null && chunk.includes(waiting.marker)) {
        fate = waiting.cut;
        waiting = null;
        done++;
        if (fate === 'before') return end();
        upstream.write(chunk);
        // Written, and so on its way; the answer will find nobody.
        if (fate === 'during') upstream.end(() => client.destroy());
        return;
      }
      if (fate === null || fate === 'after') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (fate === null) client.write(chunk);
      // The answer has come this far: the commit is done.
      else if (fate === 'after') end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    next(cut, marker) {
      waiting = { cut, marker };
    },
    cuts: () => done,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
