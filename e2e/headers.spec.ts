import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'playwright/test';
import { post, someRecord } from './agent';
import { origin } from './installation';
import { callAs, giveSession, sessionOf } from './people';
import { everyScreen, type SeenScreen } from './screens';
import { visit } from './visit';

let screens: SeenScreen[];
test.beforeAll(async () => {
  screens = await everyScreen();
});

test('every screen states a policy without inline scripts, breaks it nowhere, and asks no other place for anything', async ({
  browser,
}) => {
  test.setTimeout(screens.length * 10_000);
  for (const { name, path: address, role } of screens) {
    const context = await browser.newContext({ baseURL: origin });
    if (role !== null) await giveSession(context, await sessionOf(role));
    const page = await context.newPage();
    const complaints: string[] = [];
    const strangers: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy|Refused to/i.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:')) strangers.push(request.url());
    });
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { refusedByPolicy: seen });
      document.addEventListener('securitypolicyviolation', (event) => seen.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    const answer = await visit(page, address);
    const headers = answer?.headers() ?? {};
    const policy = headers['content-security-policy'] ?? '';
    const directive = (which: string) => policy.split('; ').find((part) => part.startsWith(`${which} `)) ?? '';
    const nonce = /'nonce-([^']+)'/.exec(directive('script-src'))?.[1];
    expect(nonce, name).toBeTruthy();
    expect(directive('script-src'), name).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
    expect(directive('default-src'), name).toBe("default-src 'none'");
    expect(directive('frame-ancestors'), name).toBe("frame-ancestors 'none'");
    expect(directive('base-uri'), name).toBe("base-uri 'none'");
    expect(directive('form-action'), name).toBe("form-action 'self'");
    expect(headers, name).toMatchObject({
      'cache-control': expect.stringMatching(/^private.*no-store/),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['x-powered-by'], name).toBeUndefined();
    const others = await page.evaluate(
      (own) =>
        [...document.scripts].filter((script) => script.src === '' && script.nonce !== own).map((script) => script.outerHTML.slice(0, 200)),
      nonce,
    );
    expect(others, name).toEqual([]);
    complaints.push(...(await page.evaluate(() => (window as unknown as { refusedByPolicy: string[] }).refusedByPolicy)));
    expect({ name, complaints, strangers }).toEqual({ name, complaints: [], strangers: [] });
    await context.close();
  }
});

test('each answer has a nonce of its own', async () => {
  const nonces = await Promise.all(
    Array.from(
      { length: 4 },
      async () => /'nonce-([^']+)'/.exec((await fetch(`${origin}/sign-in`)).headers.get('content-security-policy') ?? '')?.[1],
    ),
  );
  expect(new Set(nonces).size).toBe(4);
});

test('answers of the API and of ingest are kept by nobody and taken for nothing else', async () => {
  const answers = [
    await callAs('auditor', '/api/v1/records'),
    await callAs('auditor', '/api/v1/no-such-route'),
    await fetch(`${origin}/api/v1/records`),
    await fetch(`${origin}/api/health`),
    await post(someRecord()),
    await post({}),
    await fetch(`${origin}/records/%`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 401, 200, 201, 422, 400]);
  for (const { url, headers } of answers) {
    expect(headers.get('cache-control'), url).toContain('no-store');
    expect(headers.get('x-content-type-options'), url).toBe('nosniff');
  }
});

test('no page that shows data is made before somebody asks for it', () => {
  const root = path.resolve(import.meta.dirname, '..');
  const manifest = path.join(root, '.next/prerender-manifest.json');
  expect(existsSync(manifest), 'the product has been built').toBe(true);
  const { routes, dynamicRoutes } = JSON.parse(readFileSync(manifest, 'utf8')) as { routes: object; dynamicRoutes: object };
  // Files of the product, and what Next shows where it has nothing to show.
  expect(Object.keys(routes).filter((route) => !/^\/(_not-found|_global-error|icon\.svg|favicon\.ico)$/.test(route))).toEqual([]);
  expect(Object.keys(dynamicRoutes)).toEqual([]);
  const walk = (folder: string): string[] =>
    readdirSync(folder).flatMap((name) => {
      const file = path.join(folder, name);
      return statSync(file).isDirectory() ? walk(file) : /^(page\.tsx|route\.ts)$/.test(name) ? [file] : [];
    });
  for (const file of walk(path.join(root, 'app'))) {
    expect(readFileSync(file, 'utf8'), path.relative(root, file)).toContain("export const dynamic = 'force-dynamic';");
  }
});
