import type { Page, Response } from 'playwright/test';

/** Opens an address and waits until the page asks for nothing more: then it answers keys, and what it reads has been recorded. */
export function visit(page: Page, address: string): Promise<Response | null> {
  return page.goto(address, { waitUntil: 'networkidle' });
}
