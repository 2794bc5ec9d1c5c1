import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WitnessedLog } from '@/lib/testing/witnessed-log';
import { openWitness } from './open-witness';
import { createWitnessServer } from './serve-witness';

const log = new WitnessedLog();
let dir: string;
let server: Server;
let url: string;
let told: string[];
beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-witness-'));
  told = [];
  await open();
});
afterEach(async () => {
  await close();
  rmSync(dir, { recursive: true, force: true });
});
const again = () => openWitness({ name: 'witness.example/w1', listen: { port: 0 }, dir, logs: new Map([[log.origin, log.keys]]) });
async function open(): Promise<void> {
  server = createWitnessServer(again(), (line) => told.push(line));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
async function close(): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
const post = async (body: string) => ({ status: (await fetch(`${url}/add-checkpoint`, { method: 'POST', body })).status });

describe('a witness that has lost what it cosigned would contradict itself, and', () => {
  const stateFile = () => path.join(dir, 'memory', readdirSync(path.join(dir, 'memory')).find((name) => name.endsWith('.json'))!);

  it('does not begin with its keys and no memory, or without the list of whom it cosigned', () => {
    rmSync(path.join(dir, 'memory'), { recursive: true });
    expect(again).toThrow(/memory is gone/);
    mkdirSync(path.join(dir, 'memory'));
    expect(again).not.toThrow();
    rmSync(path.join(dir, 'cosigned.txt'));
    expect(again).toThrow(/cosigned.txt is gone/);
  });

  it('does not begin where the state of one log is gone, or the folder was emptied', async () => {
    expect(await post(log.request(0, 4))).toMatchObject({ status: 200 });
    expect(again).not.toThrow();
    rmSync(stateFile());
    expect(again).toThrow(`cosigned for ${log.origin} is gone`);
    rmSync(path.join(dir, 'memory'), { recursive: true });
    mkdirSync(path.join(dir, 'memory'));
    expect(again).toThrow(`cosigned for ${log.origin} is gone`);
  });

  it('cosigns no other past for that log while it runs, and says so to whoever runs it', async () => {
    await post(log.request(0, 4));
    rmSync(stateFile());
    expect(await post(log.request(0, 9))).toMatchObject({ status: 500 });
    expect(told.at(-1)).toContain(`cosigned for ${log.origin} is gone`);
    expect(await (await fetch(`${url}/${createHash('sha256').update(log.origin).digest('hex')}/checkpoint`)).status).toBe(500);
  });

  it('knows of a state that was remembered just before a kill, and of none whose line was torn', async () => {
    await post(log.request(0, 4));
    writeFileSync(path.join(dir, 'cosigned.txt'), 'holdfast/witness-origins/v1\n\n0123456789abcdef some.exam');
    await post(log.request(4, 9));
    await close();
    await open();
    rmSync(stateFile());
    expect(again).toThrow(`cosigned for ${log.origin} is gone`);
  });
});
