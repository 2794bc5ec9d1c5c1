import { may, type Permission } from '@/lib/policy/permissions';
import type { FrameDto } from '@/lib/schema/screens';

export interface Place {
  href: string;
  label: string;
  permission: Permission;
  /** Not offered to who may do this anyway, nor where nothing but what people did is kept. */
  unless?: Permission;
  /** Pressed after `g`. */
  key: string;
  group: 'ledger' | 'proof' | 'settings';
}

export const PLACES: readonly Place[] = [
  { href: '/', label: 'Overview', permission: 'overview.read', key: 'o', group: 'ledger' },
  { href: '/conversations', label: 'Conversations', permission: 'conversations.read', key: 'c', group: 'ledger' },
  { href: '/records', label: 'Records', permission: 'records.read', key: 'r', group: 'ledger' },
  { href: '/prompts', label: 'Prompts and models', permission: 'records.read', key: 'h', group: 'ledger' },
  { href: '/registry', label: 'Registry', permission: 'registry.read', key: 't', group: 'ledger' },
  { href: '/retention', label: 'Retention', permission: 'retention.read', key: 'd', group: 'ledger' },
  { href: '/holds', label: 'Holds', permission: 'records.read', key: 'l', group: 'ledger' },
  { href: '/integrity', label: 'Integrity', permission: 'integrity.read', key: 'i', group: 'proof' },
  { href: '/exports', label: 'Exports', permission: 'evidence.export', key: 'e', group: 'proof' },
  { href: '/reports', label: 'Reports', permission: 'reports.export', key: 's', group: 'proof' },
  { href: '/access-log', label: 'Access log', permission: 'access_log.read', key: 'a', group: 'proof' },
  { href: '/reviews', label: 'Reviews', permission: 'break_glass.review', key: 'v', group: 'proof' },
  { href: '/break-glass', label: 'Break-glass', permission: 'break_glass.use', unless: 'content.reveal', key: 'b', group: 'proof' },
  { href: '/settings/users', label: 'Users and roles', permission: 'settings.read', key: 'u', group: 'settings' },
  { href: '/settings/keys', label: 'Keys', permission: 'settings.read', key: 'k', group: 'settings' },
  { href: '/settings/proofs', label: 'Proofs and alarms', permission: 'proofs.manage', key: 'p', group: 'settings' },
  { href: '/settings/content', label: 'Words', permission: 'content.manage', key: 'w', group: 'settings' },
  { href: '/settings/account', label: 'Your account', permission: 'account.manage', key: 'm', group: 'settings' },
];

/** The places that the person's role opens. The access log is held by the role on the access ledger, where one is held. */
export function placesFor(frame: Pick<FrameDto, 'ledger' | 'ledgers'>): Place[] {
  const access = frame.ledgers.find((ledger) => ledger.kind === 'access');
  return PLACES.filter((place) => {
    if (place.permission === 'access_log.read') return may((access ?? frame.ledger).role, place.permission);
    if (place.unless !== undefined && (frame.ledger.kind === 'access' || may(frame.ledger.role, place.unless))) return false;
    return may(frame.ledger.role, place.permission);
  });
}

/** Whether a path lies under a place. */
export function isAt(path: string, place: Place): boolean {
  return place.href === '/' ? path === '/' : path === place.href || path.startsWith(`${place.href}/`);
}
