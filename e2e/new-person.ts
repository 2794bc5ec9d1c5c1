import { randomUUID } from 'node:crypto';
import type { Role } from '@/lib/schema/vocabulary';
import { installation, OWN_PAGE, origin } from './installation';
import { callAs } from './people';

export interface NewPerson {
  id: string;
  email: string;
  password: string;
}

/** Invited by the administrator and set up by the one-time link, for tests that change or lock out whom they are about. */
export async function newPerson(role: Role, name = 'Passing Through'): Promise<NewPerson> {
  const email = `p-${randomUUID().slice(0, 8)}@demo.example`;
  const password = `correct horse ${randomUUID()}`;
  const roles = [installation.ledger, 'access'].map((ledger) => ({ ledger, role }));
  const invited = await callAs('administrator', '/api/v1/settings/users', { body: { email, name, roles } });
  if (invited.status !== 201) throw new Error(`not invited: ${invited.status} ${await invited.text()}`);
  const { user, link } = (await invited.json()) as { user: { id: string }; link: string };
  const token = new URL(link).pathname.split('/').at(-1);
  const done = await fetch(`${origin}/api/v1/setup/${token}`, {
    method: 'POST',
    headers: { ...OWN_PAGE, 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  if (done.status !== 200) throw new Error(`not set up: ${done.status} ${await done.text()}`);
  return { id: user.id, email, password };
}
