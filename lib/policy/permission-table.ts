import { ROLES } from '@/lib/schema/vocabulary';
import { may, PERMISSIONS, type Permission } from './permissions';

/** The permission table as Markdown, for the README: what is written there is what pages and routes decide by. */
export function permissionTable(): string {
  const head = ['', ...ROLES.map((role) => role.replace('_', ' '))];
  const rows = (Object.keys(PERMISSIONS) as Permission[]).map((name) => [
    PERMISSIONS[name].say,
    ...ROLES.map((role) => (may(role, name) ? 'yes' : '')),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
