import type { RecordBody } from '@/lib/schema/screens';

function text(details: Record<string, unknown>, name: string): string | null {
  const value = details[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

function join(...parts: (string | null | false)[]): string {
  return parts.filter((part): part is string => typeof part === 'string' && part !== '').join(' · ');
}

/**
 * The point of a record in a few words, from its body: what a row of a list says beside the action. May hold logged text, so it is
 * shown inert.
 */
export function recordWords(body: RecordBody): string {
  const details = body.details ?? {};
  const resource = join(body.resource_type ?? null, body.resource_id ?? null);
  const length = text(details, 'length');
  switch (body.action) {
    case 'user_message_received':
      return join(length !== null && `${length} characters`, text(details, 'language'));
    case 'agent_response_generated':
      return join(length !== null && `${length} characters`, text(details, 'model'), text(details, 'prompt_version'));
    case 'tool_invoked':
      return join(text(details, 'tool'), text(details, 'duration_ms') !== null && `${text(details, 'duration_ms')} ms`);
    case 'data_accessed':
    case 'data_modified':
      return join(resource, text(details, 'change'), text(details, 'tool'));
    case 'prompt_changed':
      return join(text(details, 'version'), text(details, 'approver') !== null && `approved by ${text(details, 'approver')}`);
    case 'model_changed':
      return join(text(details, 'model'), text(details, 'approver') !== null && `approved by ${text(details, 'approver')}`);
    case 'access_granted':
      return join(text(details, 'scope'), text(details, 'approver') !== null && `approved by ${text(details, 'approver')}`);
    case 'access_revoked':
      return join(text(details, 'grant_id'), text(details, 'reason'));
    case 'conversation_started':
      return join(text(details, 'channel'), text(details, 'title'));
    case 'conversation_ended':
      return join(text(details, 'reason'));
    default:
      return join(text(details, 'screen'), resource);
  }
}
