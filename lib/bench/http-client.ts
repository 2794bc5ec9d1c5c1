import { connect, type Socket } from 'node:net';

/**
 * A client that costs next to nothing, since it shares the machine with what it measures: raw sockets, requests made beforehand, answers cut by
 * their Content-Length. One request at a time a connection.
 */
export async function drive(
  port: number,
  options: { connections: number; seconds: number; request: () => Buffer | null; headers: string },
): Promise<{ requests: number; seconds: number; failures: number }> {
  let requests = 0;
  let failures = 0;
  const began = performance.now();
  const end = began + options.seconds * 1000;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      let waiting = Buffer.alloc(0);
      const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => send());
      const send = () => {
        const body = performance.now() < end ? options.request() : null;
        if (body === null) {
          socket.end();
          return resolve();
        }
        socket.cork();
        socket.write(`${options.headers}Content-Length: ${body.length}\r\n\r\n`);
        socket.write(body);
        socket.uncork();
      };
      socket.on('data', (chunk) => {
        waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
        const head = waiting.indexOf('\r\n\r\n');
        if (head === -1) return;
        const text = waiting.toString('latin1', 0, head);
        const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
        if (waiting.length < head + 4 + length) return;
        if (!/^HTTP\/1\.1 20[01]/.test(text)) failures++;
        requests++;
        waiting = Buffer.alloc(0);
        send();
      });
      socket.on('error', reject);
    });
  await Promise.all(Array.from({ length: options.connections }, one));
  return { requests, seconds: (performance.now() - began) / 1000, failures };
}
