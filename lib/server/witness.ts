import path from 'node:path';
import { openWitness } from '@/lib/witness/open-witness';
import { readWitnessConfig } from '@/lib/witness/read-witness-config';
import { createWitnessServer } from '@/lib/witness/serve-witness';
import { say } from './print';

/**
 * `npm run witness -- witness.json`: a witness, run where the ledger's own people have no hand in it. It needs its file and its folder, and no database.
 */
const [file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0) fail('Give it its one file: npm run witness -- witness.json');
try {
  await serve();
} catch (error) {
  fail((error as Error).message);
}

async function serve(): Promise<void> {
  const config = readWitnessConfig(path.resolve(file));
  const witness = openWitness(config);
  const server = createWitnessServer(witness, (line) => say(`${new Date().toISOString()}  ${line}`));
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(config.listen, listening));
  const at = server.address();
  say(`Witness ${witness.name}`);
  for (const vkey of witness.vkeys) say(vkey);
  say(`knows ${witness.logs.size} ${witness.logs.size === 1 ? 'log' : 'logs'}; keys and memory are in ${config.dir}`);
  say(
    `listens at ${typeof at === 'object' && at !== null ? `${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}` : config.listen.port}`,
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      // Requests that are being answered get five seconds.
      server.close(() => process.exit(0));
      server.closeIdleConnections();
      setTimeout(() => process.exit(0), 5_000).unref();
    });
}

function fail(message: string): never {
  say(message);
  process.exit(1);
}
