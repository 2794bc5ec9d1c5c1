import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'playwright/test';
import { may, mayWithKey, PERMISSIONS } from '@/lib/policy/permissions';
import { ROLES } from '@/lib/schema/vocabulary';
import { ONE_CALL, OWN_PAGE, origin } from './installation';
import { asCookie, callAs, sessionOf } from './people';
import type { Actor, Row, Where } from './route-row';
import { isRole, ROUTES } from './route-table';
import { makeTwoLedgers, type World } from './two-ledgers';

const ACTORS: Actor[] = ['nobody', 'ingest key', 'read key', ...ROLES];
const root = path.resolve(import.meta.dirname, '..');

interface Found {
  route: string;
  /** What the file says about the method's permission. */
  stated: string | null;
}

/** Every page, and every method of every route, as the folders of app/ hold them. */
function routesOnDisk(): Found[] {
  const found: Found[] = [];
  const walk = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (statSync(file).isDirectory()) walk(file);
      const address = `/${path.relative(path.join(root, 'app'), folder).replaceAll(/\(\w+\)\/?/g, '')}`;
      if (name === 'page.tsx') found.push({ route: `PAGE ${address}`, stated: null });
      if (name === 'route.ts')
        found.push(...methodsOf(readFileSync(file, 'utf8')).map((m) => ({ route: `${m.method} ${address}`, stated: m.stated })));
    }
  };
  walk(path.join(root, 'app'));
  return found.sort((a, b) => (a.route < b.route ? -1 : 1));
}

function methodsOf(source: string): { method: string; stated: string | null }[] {
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => {
    const exported = new RegExp(`export (?:const|async function|function) ${method}\\b|export \\{[^}]*\\bas ${method}\\b`).exec(source);
    if (exported === null) return [];
    const spec = /^export const \w+ = route\(\s*\{\s*permission: '([^']+)'/.exec(source.slice(exported.index));
    return [{ method, stated: spec?.[1] ?? null }];
  });
}

/** What the table of permissions says that a request must be answered with. */
function expected(route: string, row: Row, actor: Actor, where: Where): number {
  const isPage = route.startsWith('PAGE ');
  if (route === 'POST /api/v1/records') return actor === 'ingest key' ? row.ok : actor === 'read key' ? 403 : 401;
  if (row.permission === null) return row.ok;
  if (row.agentToo && actor === 'ingest key') return where === 'own' ? row.ok : 404;
  if (!isRole(actor) && (isPage || actor !== 'read key')) return isPage ? 307 : 401;
  if (actor === 'read key' && row.sessionOnly) return 403;
  const allowed = isRole(actor) ? may(actor, row.permission) : mayWithKey(row.permission);
  if (where === 'other' && !row.access && !row.personal) return 404;
  if (!allowed) return 403;
  return where === 'other thing in own ledger' ? 404 : row.ok;
}

async function request(route: string, row: Row, actor: Actor, where: Where, world: World): Promise<Response> {
  const method = route.startsWith('PAGE ') ? 'GET' : route.split(' ')[0]!;
  const body = row.body?.(actor, world);
  const key = actor === 'read key' ? world.own.readKey : actor === 'ingest key' ? world.own.ingestKey : null;
  return fetch(
    origin + row.path(where === 'other' ? world.other.ledger : world.own.ledger, where === 'own' ? world.own : world.other, world),
    {
      method,
      redirect: 'manual',
      headers: {
        ...OWN_PAGE,
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(isRole(actor) ? asCookie(await sessionOf(actor)) : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    },
  );
}

let world: World;
test.beforeAll(async () => {
  world = await makeTwoLedgers();
});

const disk = routesOnDisk();

test('every page and every method of every route has a row in the table, and every row a route', () => {
  expect(disk.map(({ route }) => route)).toEqual(Object.keys(ROUTES).sort());
});

test('what a route states as its permission is what the table of this test says', () => {
  for (const { route, stated } of disk) if (stated !== null) expect(stated, route).toBe(ROUTES[route]?.permission);
  // Every permission guards something.
  const guarding = new Set(Object.values(ROUTES).map((row) => row.permission));
  expect(Object.keys(PERMISSIONS).filter((permission) => !guarding.has(permission as keyof typeof PERMISSIONS))).toEqual([]);
});

for (const [route, row] of Object.entries(ROUTES)) {
  test(`${route}: whoever may gets it, everyone else gets nothing`, async () => {
    const places: Where[] =
      row.permission === null ? ['own'] : row.thing ? ['other', 'other thing in own ledger', 'own'] : ['other', 'own'];
    for (const where of places) {
      // A key's ledger is its own: asked through the own ledger or not, it is the key that decides.
      const keyed = route.endsWith('/keys/[id]/revoke') && where === 'other thing in own ledger';
      for (const actor of ACTORS) {
        const answer = await request(route, row, actor, where, world);
        const want = keyed ? expected(route, row, actor, 'other') : expected(route, row, actor, where);
        const text = await answer.text();
        expect(answer.status, `${actor}, ${where}: ${text.slice(0, 300)}`).toBe(want);
        if (want === 307) expect(answer.headers.get('location')).toContain('/sign-in');
        if (want >= 400 && !route.startsWith('PAGE ')) expect(answer.headers.get('content-type')).toContain('application/problem+json');
        // Nothing of what was asked for stands in a refusal, and nothing that tells whether it exists.
        if (want >= 307 && where !== 'own') {
          const { record } = world.other;
          for (const secret of [record.integrity_hash, 'Another book']) expect(text, `${actor}, ${where}`).not.toContain(secret);
        }
      }
    }
  });
}

test('an administrator reads no conversation and no record, also not by way of the overview, the frame or a verification', async () => {
  const { own } = world;
  for (const address of ['/', '/integrity', `/integrity/${own.run}`, '/settings/users', '/settings/keys', '/settings/account']) {
    const answer = await callAs('administrator', `${address}?ledger=${own.ledger}`);
    const text = await answer.text();
    expect(answer.status, address).toBe(200);
    for (const word of [own.conversation, own.record.id]) expect(text, address).not.toContain(word);
  }
  const overview = await (await callAs('auditor', `/?ledger=${own.ledger}`)).text();
  expect(overview).toContain(own.record.id);
});

test('a change that another site asks for is refused, whoever is signed in', async () => {
  for (const [route, row] of Object.entries(ROUTES)) {
    const method = route.split(' ')[0]!;
    if (['PAGE', 'GET'].includes(method) || route === 'POST /api/v1/records') continue;
    const body = row.body?.('administrator', world);
    const strangers: Record<string, string>[] = [{ origin: 'https://evil.example' }, { origin, 'sec-fetch-site': 'cross-site' }, {}];
    for (const from of strangers) {
      const answer = await fetch(origin + row.path(world.own.ledger, world.own, world), {
        method,
        headers: { ...ONE_CALL, ...asCookie(await sessionOf('administrator')), 'content-type': 'application/json', ...from },
        body: JSON.stringify(body ?? {}),
      });
      // What is not there cannot be changed.
      const refused = route === 'POST /api/auth/[...nextauth]' || route.endsWith('[...unknown]') ? 404 : 403;
      expect(answer.status, `${route} from ${JSON.stringify(from)}`).toBe(refused);
    }
  }
});
