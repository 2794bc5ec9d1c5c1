import type { Page } from 'playwright/test';
import { newPerson } from './new-person';
import { callWith, giveSession, newSession } from './people';

/** A second compliance officer: what takes two people takes them here too. */
export interface Officer {
  email: string;
  password: string;
  call(path: string, init?: { method?: string; body?: unknown }): Promise<Response>;
  enter(page: Page): Promise<void>;
}

export async function officerBeside(): Promise<Officer> {
  const { email, password } = await newPerson('compliance_officer', 'Ruth Abara');
  // An identity counts as confirmed for some minutes only.
  let session = await newSession(email, password);
  let since = Date.now();
  const fresh = async () => {
    if (Date.now() - since > 4 * 60_000) {
      session = await newSession(email, password);
      since = Date.now();
    }
    return session;
  };
  return {
    email,
    password,
    call: async (path, init) => callWith(await fresh(), path, init),
    enter: async (page) => giveSession(page.context(), await fresh()),
  };
}
