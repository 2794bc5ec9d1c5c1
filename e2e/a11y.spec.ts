import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from 'playwright/test';
import { storeConversation } from './agent';
import { accountOf, installation, origin } from './installation';
import { asCookie, enterAs, giveSession, sessionOf } from './people';
import { everyScreen, type SeenScreen } from './screens';
import { choose, revealOnPage, speak } from './spoken';
import { visit } from './visit';

let screens: SeenScreen[];
test.beforeAll(async () => {
  screens = await everyScreen();
});
// A long page has many nodes to judge, in two themes and three sizes.
test.describe.configure({ timeout: 120_000 });
// Colours on their way from one theme to the other belong to neither.
test.use({ contextOptions: { reducedMotion: 'reduce' } });

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 1024, height: 768 };
const DESK = { width: 1440, height: 900 };

const LAYOUT = [
  'target-size',
  'scrollable-region-focusable',
  'button-name',
  'link-name',
  'label',
  'aria-hidden-focus',
  'heading-order',
  'landmark-one-main',
  'page-has-heading-one',
];

/**
 * What axe finds against WCAG 2.2 A and AA and its own good practice, in a line each. Of another theme only the colours are asked, of a
 * phone only what a layout can change.
 */
async function faults(page: Page, look: 'all' | 'colours' | 'layout' | 'above the page' = 'all'): Promise<string[]> {
  // Colours that are on their way from one theme to the other are nobody's.
  await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => null)));
  });
  // No page has frames. What is in order is not written down node by node, which on a long page takes longer than to judge it.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  if (look === 'colours') axe.withRules(['color-contrast', 'link-in-text-block']);
  else if (look === 'layout') axe.withRules(LAYOUT);
  else axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  // What opens over a page stands in no landmark: it is reached by the focus that it takes.
  if (look === 'above the page') axe.disableRules(['region']);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  );
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const prompt = (version: string, text: string) => ({ action: 'prompt_changed', details: { version }, content: [{ part: 'prompt', text }] });

/** Titles alone: the screens are made in beforeAll, the tests before. */
const NAMES = [
  'overview',
  'overview of an administrator',
  'conversations',
  'conversations with one beside them',
  'one conversation',
  'records',
  'records with one beside them',
  'one record',
  'integrity',
  'one verification',
  'checkpoints',
  'keys of the signer',
  'prompts and models',
  'changes of an agent',
  'registry',
  'retention',
  'retention policies',
  'holds',
  'one hold',
  'archive',
  'archive objects',
  'one archive run',
  'search in the archive',
  'destruction',
  'one certificate of destruction',
  'exports',
  'reports',
  'access log',
  'reviews',
  'break-glass',
  'users',
  'keys',
  'proofs and alarms',
  'how words are kept',
  'account',
  'an empty list',
  'a refusal',
  'nothing there',
  'sign-in',
  'a spent link',
  'a link from another site',
  'API description',
  'error codes',
];

test('the list of screens below is all of them', () => {
  expect(NAMES).toEqual(screens.map(({ name }) => name));
});

for (const name of NAMES) {
  test(`axe finds nothing on the screen “${name}” in light, dark and on a phone, and it never scrolls sideways`, async ({ page }) => {
    const screen = screens.find((known) => known.name === name)!;
    if (screen.role !== null) await giveSession(page.context(), await sessionOf(screen.role));
    await visit(page, screen.path);
    expect(await faults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await faults(page, 'colours')).toEqual([]);
    for (const size of [TABLET, PHONE]) {
      await page.setViewportSize(size);
      await expect.poll(() => overflow(page), `at ${size.width}`).toBeLessThanOrEqual(0);
    }
    expect(await faults(page, 'layout')).toEqual([]);
  });
}

test('axe finds nothing in what opens over a screen: palette, keys, filters, columns, account, dialogs, the phone’s rail', async ({
  page,
}) => {
  await enterAs(page, 'auditor');
  const opened: [string, () => Promise<void>, () => Promise<void>][] = [
    ['palette', () => page.keyboard.press('Control+k'), () => expect(page.getByPlaceholder(/Page, id/)).toBeVisible()],
    ['keys', () => page.keyboard.press('Shift+?'), () => expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible()],
    [
      'filters',
      () => page.getByRole('button', { name: 'Filter', exact: true }).click(),
      () => expect(page.getByRole('button', { name: 'Apply' })).toBeVisible(),
    ],
    [
      'columns',
      () => page.getByRole('button', { name: 'Columns' }).click(),
      () => expect(page.getByRole('menuitemcheckbox').first()).toBeVisible(),
    ],
    [
      'account',
      () => page.getByRole('button', { name: accountOf('auditor').email }).click(),
      () => expect(page.getByRole('menuitem', { name: 'Sign out' })).toBeVisible(),
    ],
  ];
  for (const [colorScheme, look] of [
    ['light', 'above the page'],
    ['dark', 'colours'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await visit(page, '/conversations?agent=my-agent&state=ended');
    for (const [what, open, seen] of opened) {
      await open();
      await seen();
      expect(await faults(page, look), `${what}, ${colorScheme}`).toEqual([]);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
  }
  await page.setViewportSize(PHONE);
  await page.getByRole('button', { name: 'Pages', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Pages' })).toBeVisible();
  expect(await faults(page, 'above the page')).toEqual([]);
  await page.setViewportSize(DESK);
  await enterAs(page, 'administrator');
  for (const [path, button] of [
    ['/settings/users', 'Invite a person'],
    ['/settings/keys', 'Issue a key'],
  ] as const) {
    await visit(page, path);
    await page.getByRole('button', { name: button }).click();
    await expect(page.getByRole('dialog', { name: button })).toBeVisible();
    expect(await faults(page, 'above the page'), button).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await overflow(page), button).toBeLessThanOrEqual(0);
    await page.setViewportSize(DESK);
  }
});

test('axe finds nothing in what asks for words, destroys, holds, maps and compares, nor in words that stand open', async ({ page }) => {
  const { id } = await speak('seen-words');
  await storeConversation(`${id}-prompts`, [prompt(`${id}.1`, 'Be plain.'), prompt(`${id}.2`, 'Be plain and brief.')]);
  await enterAs(page, 'compliance_officer');
  const dialog = page.getByRole('dialog');
  const look = async (what: string) => {
    await expect(dialog).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await faults(page, colorScheme === 'light' ? 'above the page' : 'colours'), what).toEqual([]);
    }
    await page.setViewportSize(PHONE);
    expect(await overflow(page), what).toBeLessThanOrEqual(0);
    await page.setViewportSize(DESK);
  };
  for (const [path, button] of [
    [`/conversations/${id}`, 'Place a hold'],
    ['/holds', 'Place a hold'],
    [`/conversations/${id}`, 'Destroy the words'],
    ['/registry', 'Add an entry'],
  ] as const) {
    await visit(page, path);
    await page.getByRole('button', { name: button, exact: true }).click();
    await look(button);
  }
  await visit(page, `/conversations/${id}`);
  await page.getByRole('button', { name: 'Reveal the conversation' }).click();
  await dialog.getByRole('button', { name: /^Reveal/ }).click();
  await look('a reveal that is refused');
  await page.keyboard.press('Escape');
  await revealOnPage(page, id);
  expect(await faults(page), 'open words').toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await faults(page), 'open words, light').toEqual([]);
  await visit(page, `/prompts/${installation.agentName}`);
  for (const version of ['.1', '.2'])
    await page
      .locator('li', { hasText: `Prompt, version ${id}${version}` })
      .getByRole('checkbox')
      .click();
  await page.getByRole('button', { name: 'Compare two texts' }).click();
  await choose(dialog, 'Purpose of use', 'Audit');
  await dialog.getByRole('button', { name: 'Reveal and compare' }).click();
  await expect(dialog.getByRole('table')).toBeVisible();
  await look('a comparison');
});

test('the main job is done with the keyboard alone: sign in, find a conversation, read it, verify it', async ({ page }) => {
  const talk = new URL(screens.find(({ name }) => name === 'one conversation')!.path, origin).pathname.split('/').at(-1)!;
  await visit(page, '/sign-in');
  const { email, password } = accountOf('auditor');
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/`);
  await page.waitForLoadState('networkidle');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.waitForURL(`${origin}/conversations`);
  await expect(page.getByRole('heading', { level: 1, name: 'Conversations' })).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('o');
  await expect(page.getByRole('complementary', { name: 'Conversation', exact: true })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type(talk);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${origin}/conversations/${talk}`);
  const verify = page.getByRole('button', { name: 'Verify again' });
  await expect(verify).toBeVisible();
  for (let i = 0; i < 60 && !(await verify.evaluate((button) => button === document.activeElement)); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Docket' })).toContainText(
    /6 of 6 records( match their seal|, proven under checkpoint [\d,]+)/,
  );
});

test('wherever Tab leads, one sees where one is, and the first stop leads past the rail', async ({ page }) => {
  await enterAs(page, 'auditor');
  for (const path of ['/', '/conversations', '/integrity', '/settings/account']) {
    await visit(page, path);
    await page.keyboard.press('Tab');
    await expect(page.locator(':focus')).toHaveText('Skip to the content');
    await expect(page.locator(':focus')).toBeInViewport();
    for (let i = 0; i < 25; i++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const at = document.activeElement;
        if (at === null || at === document.body) return null;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
        const box = at.getBoundingClientRect();
        return {
          what: at.outerHTML.slice(0, 120),
          ring: (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== 'none',
          size: box.width * box.height,
        };
      });
      if (seen === null) break;
      expect(seen.ring && seen.size > 0, `${path}: ${seen.what}`).toBe(true);
    }
  }
});

test('whoever asks for less motion gets none, and nobody gets more than 150 ms', async ({ page }) => {
  const longest = () =>
    page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('*')].flatMap((element) => {
          const { transitionDuration, animationDuration } = getComputedStyle(element);
          return `${transitionDuration},${animationDuration}`
            .split(',')
            .map((time) => Number.parseFloat(time) * (time.includes('ms') ? 1 : 1000));
        }),
      ),
    );
  await enterAs(page, 'auditor');
  for (const [reducedMotion, most] of [
    ['reduce', 1],
    ['no-preference', 150],
  ] as const) {
    await page.emulateMedia({ reducedMotion });
    await visit(page, '/conversations');
    await page.keyboard.press('Control+k');
    await expect(page.getByPlaceholder(/Page, id/)).toBeVisible();
    expect(await longest(), reducedMotion).toBeLessThanOrEqual(most);
  }
});

test('the theme that a person chose stands in the first byte of the next page', async () => {
  const cookie = `${asCookie(await sessionOf('auditor')).cookie}; hf_theme=dark`;
  const text = await (await fetch(`${origin}/records`, { headers: { cookie } })).text();
  expect(text).toMatch(/<html[^>]*data-theme="dark"/);
});
