import type { Page, Response } from 'playwright/test';

/** What an effect asks for, it asks for in far less. */
const QUIET_MS = 100;

/** Opens an address and waits until the page answers clicks and keys and asks for nothing more: what it reads has been recorded. */
export async function visit(page: Page, address: string): Promise<Response | null> {
  const open = new Set<unknown>();
  let last = Date.now();
  const began = (request: unknown) => void open.add(request);
  const ended = (request: unknown) => {
    open.delete(request);
    last = Date.now();
  };
  page.on('request', began).on('requestfinished', ended).on('requestfailed', ended);
  try {
    const response = await page.goto(address);
    await page.waitForFunction(isHydrated);
    while (open.size > 0 || Date.now() - last < QUIET_MS) await page.waitForTimeout(20);
    await page.waitForFunction(isHydrated);
    return response;
  } finally {
    page.off('request', began).off('requestfinished', ended).off('requestfailed', ended);
  }
}

/** React names what it has taken over on the node itself; pages that are no application of ours have nothing to wait for. */
function isHydrated(): boolean {
  if (!('__next_f' in globalThis)) return true;
  const taken = (node: Element) => Object.keys(node).some((key) => key.startsWith('__reactProps'));
  return [...document.querySelectorAll('body button, body input, body select, body textarea, body a')].every(taken);
}
