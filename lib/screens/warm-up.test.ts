import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { isWarmUp, madeUpView, WARM_UP_HEADER, warmUp } from './warm-up';

/** Whatever the process asks for when it warms up comes here. */
async function warmedUpAt(answer: RequestListener): Promise<boolean> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drawn = await warmUp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await new Promise((resolve) => server.close(resolve));
  return drawn;
}

it('the warm-up is for the process itself alone, and for no longer than it lasts', async () => {
  let [token, own, others]: [string, boolean, boolean[]] = ['', false, []];
  const drawn = await warmedUpAt((request, response) => {
    token = String(request.headers[WARM_UP_HEADER]);
    own = isWarmUp(token);
    others = [null, '', token.slice(2), `${token}00`, token.replace(/^../, (byte) => (byte === '00' ? '01' : '00'))].map(isWarmUp);
    response.end();
  });
  expect([drawn, own]).toEqual([true, true]);
  expect(others).toEqual([false, false, false, false, false]);
  expect(isWarmUp(token)).toBe(false);
});

it('a page that cannot be drawn keeps nothing from starting, and leaves no way in', async () => {
  let token: string | undefined;
  const drawn = await warmedUpAt((request, response) => {
    token = String(request.headers[WARM_UP_HEADER]);
    response.writeHead(500).end();
  });
  expect(drawn).toBe(false);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(isWarmUp(token!)).toBe(false);
  expect(await warmedUpAt((request) => void request.socket.destroy())).toBe(false);
});

it('what is drawn goes over as much as a large ledger has, and is of nobody’s', () => {
  const { frame, figures, rules } = madeUpView(new Date('2026-11-22T00:00:00.000Z'));
  expect(figures.records).toEqual({ hot: 20_000, archived: 0, destroyed: 0 });
  expect(figures.months.length).toBeGreaterThan(40);
  expect(Object.keys(rules)).toEqual(expect.arrayContaining(figures.policies.filter(({ on }) => on).map(({ code }) => code)));
  expect(frame.ledgers.map(({ id }) => id)).toEqual(['none']);
});
