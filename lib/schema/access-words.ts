import type { RecordBody } from '@/lib/schema/screens';

export interface AccessWords {
  who: string;
  what: string;
  from: string | null;
}

const SCREENS: Record<string, string> = {
  '/': 'Overview',
  '/conversations': 'Conversations',
  '/conversations/[id]': 'Conversation',
  '/records': 'Records',
  '/records/[id]': 'Record',
  '/integrity': 'Integrity',
  '/integrity/[id]': 'Verification run',
  '/prompts': 'Prompts and models',
  '/prompts/[agent]': 'Changes of an agent',
  '/registry': 'Registry',
  '/reviews': 'Reviews',
  '/break-glass': 'Break-glass',
  '/exports': 'Exports',
  '/reports': 'Reports',
  '/access-log': 'Access log',
  '/settings/users': 'Users and roles',
  '/settings/keys': 'Keys',
  '/settings/proofs': 'Proofs and alarms',
  '/settings/content': 'Words',
  '/settings/account': 'Own account',
  '/sign-in': 'Sign-in',
};

/** Members of `details` that have their own column or say nothing to a reader. */
const HIDDEN = new Set(['screen', 'ledger', 'user_id', 'role', 'address', 'actor_name', 'filters', 'filter']);

function text(value: unknown): string | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value))
    return (
      value
        .map(text)
        .filter((item) => item !== null)
        .join(', ') || null
    );
  return null;
}

function pairs(object: unknown): string[] {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return [];
  return Object.entries(object).flatMap(([name, value]) => {
    const words = text(value);
    return words === null ? [] : [`${name.replaceAll('_', ' ')} ${words}`];
  });
}

/** An access entry in words: by whom, at what with which filters, from where. */
export function accessWords(body: RecordBody): AccessWords {
  const details = body.details ?? {};
  const name = text(details.actor_name);
  const screen = text(details.screen);
  const resource = [body.resource_type, body.resource_id].filter((part) => part !== undefined).join(' ');
  const filters = pairs(details.filters ?? details.filter);
  const rest = pairs(Object.fromEntries(Object.entries(details).filter(([key]) => !HIDDEN.has(key))));
  const parts = [
    screen === null ? null : (SCREENS[screen] ?? screen),
    resource,
    filters.length === 0 ? null : `where ${filters.join(', ')}`,
    ...rest,
  ];
  return {
    who: name === null ? body.actor_id : `${name} (${body.actor_id})`,
    what: parts.filter((part): part is string => part !== null && part !== '').join(' · '),
    from: text(details.address),
  };
}
