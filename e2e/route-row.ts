import type { Permission } from '@/lib/policy/permissions';
import type { Role } from '@/lib/schema/vocabulary';
import type { Things, World } from './two-ledgers';

export type Actor = Role | 'nobody' | 'read key' | 'ingest key';

/** Where a request leads: a thing of the own ledger, the same kind of thing where no role is held, or that one's id asked of the own ledger. */
export type Where = 'own' | 'other' | 'other thing in own ledger';

export interface Row {
  /** Stated by the route's file too; the two must agree. Null: open to everyone, or (POST of records) to keys alone. */
  permission: Permission | null;
  path: (ledger: string, things: Things, world: World) => string;
  body?: (actor: Actor, world: World) => unknown;
  /** What those get who may. */
  ok: number;
  /** A path that names one thing: asked with another ledger's thing as well. */
  thing?: true;
  /** Concerns the person and no ledger. */
  personal?: true;
  /** Always about the access ledger, whatever the address says. */
  access?: true;
  /** Read keys are refused. */
  sessionOnly?: true;
  /** An agent's own key is answered too, about what it sent. */
  agentToo?: true;
}

export const page = (permission: Permission | null, path: string): Row => ({
  permission,
  path: (ledger) => `${path}?ledger=${ledger}`,
  ok: 200,
});
export const list = (permission: Permission, path: string): Row => page(permission, path);
export const at =
  (path: (things: Things) => string): Row['path'] =>
  (ledger, things) =>
    `${path(things)}?ledger=${ledger}`;
export const personal = { permission: 'account.manage', personal: true, sessionOnly: true } as const;
export const encode = encodeURIComponent;
export const NONE = '00000000-0000-4000-8000-000000000000';
