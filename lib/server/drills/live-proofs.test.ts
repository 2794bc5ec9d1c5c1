import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { db, openDrill } from '@/lib/testing/open-drill';
import { verify as verifyScope } from '@/lib/testing/tamper-ledger';
import { DETECT, DETECTORS } from './detectors';
import { append, makeSubject, sign, verify } from './drill-world';

openDrill();

describe('no false alarm', () => {
  it('while 64 writers append and checkpoints go on, by nobody who looks', async () => {
    const subject = await makeSubject(db);
    let stop = false;
    const write = async (w: number) => {
      while (!stop) {
        await append(subject, 1 + (w % 3));
        await sleep(50 + w);
      }
    };
    const signAgain = async () => {
      let signed = 0;
      while (!stop) {
        subject.clock += 60_000;
        if ((await sign(subject)).kind === 'signed') signed++;
        await sleep(100);
      }
      return signed;
    };
    const look = async () => {
      for (let round = 0; round < 4; round++) {
        const run = await verify(subject);
        expect([run.verdict, run.breaks]).toEqual(['valid', []]);
        expect(run.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
        const from = String(100 * round);
        const range = await verifyScope(subject.ledger.id, { kind: 'range', from, to: String(100_000) });
        expect([range.verdict, range.breaks]).toEqual(['valid', []]);
        const conversation = await verifyScope(subject.ledger.id, { kind: 'conversation', conversation_id: `c-${2 * round + 1}` });
        expect([conversation.verdict, conversation.breaks]).toEqual(['valid', []]);
        for (const detector of DETECTORS.filter((one) => one !== 'signer'))
          expect([detector, await DETECT[detector](subject)]).toEqual([detector, null]);
      }
    };
    // Whatever was found, everybody ends with the test.
    const looked = look().finally(() => {
      stop = true;
    });
    const [signed] = await Promise.all([signAgain(), looked, ...Array.from({ length: 64 }, (_, w) => write(w))]);
    expect(signed).toBeGreaterThan(5);
    expect((await verify(subject)).verdict).toBe('valid');
  }, 120_000);
});
