import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningWitness, runWitness } from '@/lib/testing/run-witness';
import { WitnessedLog } from '@/lib/testing/witnessed-log';

const log = new WitnessedLog();
let dir: string;
const started: RunningWitness[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-witness-'));
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});
async function run(): Promise<RunningWitness> {
  const witness = await runWitness(dir, [log]);
  started.push(witness);
  return witness;
}
const post = async (witness: RunningWitness, body: string) => {
  const answer = await fetch(`${witness.url}add-checkpoint`, { method: 'POST', body });
  return { status: answer.status, body: await answer.text() };
};
const held = async (witness: RunningWitness) => ((await (await fetch(witness.url)).json()) as { logs: { size: string }[] }).logs[0].size;

describe('a witness that runs by itself', () => {
  it('needs its file alone, keeps its keys to itself, and has them again after a kill', async () => {
    const first = await run();
    expect(first.vkeys).toHaveLength(2);
    expect(statSync(path.join(dir, 'state/keys.json')).mode & 0o777).toBe(0o600);
    expect((await post(first, log.request(0, 5))).status).toBe(200);
    await first.kill('SIGKILL');
    const second = await run();
    expect(second.vkeys).toEqual(first.vkeys);
    expect(await post(second, log.request(0, 3))).toEqual({ status: 409, body: '5\n' });
    expect((await post(second, log.request(5, 9))).status).toBe(200);
  });

  it('killed in the midst of cosigning, never holds less than it has answered, and goes on', async () => {
    let answered = 0;
    for (let round = 0; round < 4; round++) {
      const witness = await run();
      const before = Number(await held(witness).catch(() => 0)) || 0;
      expect(before).toBeGreaterThanOrEqual(answered);
      const work = async () => {
        for (let from = before; from < 290; from++) {
          const { status } = await post(witness, log.request(from, from + 1));
          expect(status).toBe(200);
          answered = from + 1;
        }
      };
      const kill = async () => {
        await new Promise((done) => setTimeout(done, 150 + 90 * round));
        await witness.kill('SIGKILL');
      };
      await Promise.all([work().catch((error: Error) => expect(error.message).toContain('fetch failed')), kill()]);
    }
    expect(answered).toBeGreaterThan(0);
    const last = await run();
    const size = Number(await held(last));
    expect(size - answered).toBeLessThanOrEqual(1);
    expect(size).toBeGreaterThanOrEqual(answered);
    // What it cosigned last and nobody got: asked again, it gives it.
    expect((await post(last, log.request(size, size))).status).toBe(200);
  });

  it('twice over one folder, lets one tree through at a time', async () => {
    const [one, two] = [await run(), await run()];
    expect(one.vkeys).toEqual(two.vkeys);
    let size = 0;
    for (let round = 0; round < 12; round++) {
      const sizes = [size + 3, size + 7];
      const answers = await Promise.all([one, two].map((witness, i) => post(witness, log.request(size, sizes[i]))));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      size = sizes[answers.findIndex(({ status }) => status === 200)];
      expect([await held(one), await held(two)]).toEqual([String(size), String(size)]);
    }
  });
});

describe('a witness does not begin', () => {
  const fails = (logs: Parameters<typeof runWitness>[1], name?: string) =>
    runWitness(dir, logs, name).then(
      () => 'began',
      (error: Error) => error.message,
    );
  it('with a name that no signature line can bear, a key that is none, or one log twice', async () => {
    expect(await fails([log], 'two words')).toContain('spaces or plus');
    expect(await fails([{ origin: log.origin, vkeys: [log.vkeys[0].replace('+', '+0')] }])).toContain('cannot be read');
    expect(await fails([log, log])).toContain('twice');
  });
  it('where its memory is gone and its keys are not', async () => {
    const witness = await run();
    await witness.kill('SIGTERM');
    rmSync(path.join(dir, 'state/memory'), { recursive: true });
    expect(await fails([log])).toContain('memory is gone');
  });
});
