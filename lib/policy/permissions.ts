import type { Role } from '@/lib/schema/vocabulary';

/**
 * Who may do what: the one table that pages, routes and the README are made from.
 * Roles are held per ledger. An administrator manages people and keys and does not read what agents recorded;
 * a compliance officer is an auditor who may also decide.
 */
export const PERMISSIONS = {
  'overview.read': { roles: ['auditor', 'compliance_officer', 'administrator'], say: 'See the overview of a ledger' },
  'conversations.read': { roles: ['auditor', 'compliance_officer'], say: 'Read conversations' },
  'records.read': { roles: ['auditor', 'compliance_officer'], say: 'Read records' },
  'integrity.read': { roles: ['auditor', 'compliance_officer', 'administrator'], say: 'See verification runs and their breaks' },
  'integrity.run': { roles: ['auditor', 'compliance_officer', 'administrator'], say: 'Run and cancel verifications' },
  'evidence.export': { roles: ['auditor', 'compliance_officer'], say: 'Export evidence that can be checked offline' },
  'alarms.settle': { roles: ['compliance_officer'], say: 'Settle an alarm with a reason' },
  'proofs.manage': { roles: ['administrator'], say: 'Set witnesses, time stamps, other anchors and the verification schedule' },
  'access_log.read': { roles: ['auditor', 'compliance_officer'], say: 'Read the access log' },
  'settings.read': { roles: ['administrator', 'compliance_officer'], say: 'See users, roles and keys' },
  'users.manage': { roles: ['administrator'], say: 'Invite, disable and change the roles of users' },
  'keys.manage': { roles: ['administrator'], say: 'Issue and revoke keys' },
  'account.manage': { roles: ['auditor', 'compliance_officer', 'administrator'], say: 'Change the own password and end own sessions' },
} as const satisfies Record<string, { roles: readonly Role[]; say: string }>;

export type Permission = keyof typeof PERMISSIONS;

/** Pure decision; the role is the one that the person holds on the ledger in question, null where there is none. */
export function may(role: Role | null, permission: Permission): boolean {
  return role !== null && (PERMISSIONS[permission].roles as readonly Role[]).includes(role);
}

/** A read key reads and verifies as an auditor does; an account belongs to a person, and who exports evidence confirms who they are. */
export function mayWithKey(permission: Permission): boolean {
  return permission !== 'account.manage' && permission !== 'evidence.export' && may('auditor', permission);
}
