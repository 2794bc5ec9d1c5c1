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
  'reports.export': { roles: ['compliance_officer'], say: 'Export lists and monthly reports' },
  'content.reveal': { roles: ['auditor', 'compliance_officer'], say: 'Reveal the words of a conversation, with a purpose' },
  'content.shred': { roles: ['compliance_officer'], say: 'Shred words' },
  'content.manage': { roles: ['compliance_officer'], say: 'Set how words are detected, kept and revealed' },
  'retention.read': { roles: ['auditor', 'compliance_officer'], say: 'See what is kept until when, and why' },
  'retention.manage': { roles: ['compliance_officer'], say: 'Set retention policies, and enter when their clocks start' },
  'hold.place': { roles: ['compliance_officer'], say: 'Place legal holds' },
  'hold.release': { roles: ['compliance_officer'], say: 'Ask for the release of a legal hold, and confirm what another person asked for' },
  'archive.read': { roles: ['auditor', 'compliance_officer'], say: 'See what is in the archive, and its runs' },
  'archive.run': { roles: ['compliance_officer'], say: 'Archive what has left hot storage, and put it back' },
  'destruction.request': { roles: ['compliance_officer'], say: 'Ask for the destruction of what is past its retention' },
  'destruction.approve': { roles: ['compliance_officer'], say: 'Approve or decline a destruction that another person asked for' },
  'break_glass.use': { roles: ['auditor', 'administrator'], say: 'Open the words of one conversation in an emergency' },
  'break_glass.review': { roles: ['compliance_officer'], say: 'Review each use of break-glass' },
  'vault.rotate': { roles: ['administrator'], say: 'Change the key that encrypts the data keys' },
  'registry.read': { roles: ['auditor', 'compliance_officer', 'administrator'], say: 'See the registry of tools and data sources' },
  'registry.manage': { roles: ['compliance_officer'], say: 'Change the registry of tools and data sources' },
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

/** Of what an auditor may, these are a person's: an account, and what asks who is there, since nobody is behind a key. */
const OF_PEOPLE: ReadonlySet<Permission> = new Set(['account.manage', 'evidence.export', 'content.reveal', 'break_glass.use']);

/** A read key reads and verifies as an auditor does; words it never opens. */
export function mayWithKey(permission: Permission): boolean {
  return !OF_PEOPLE.has(permission) && may('auditor', permission);
}
