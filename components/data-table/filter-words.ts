import { actionWords, plainWords } from '@/components/ui/vocabulary-words';

const LABELS: Record<string, string> = {
  action: 'Action',
  actor: 'Triggered by',
  actor_type: 'Kind of actor',
  agent: 'Agent',
  conversation: 'Conversation',
  resource_type: 'Resource type',
  resource_id: 'Resource',
  subject: 'About subject',
  outcome: 'Outcome',
  classification: 'Classification',
  after: 'From',
  before: 'Before',
  user: 'User',
  id: 'Id begins with',
  state: 'State',
  gaps: 'Has gaps',
  text: 'Text in details or purpose',
};

export function filterLabel(name: string): string {
  return LABELS[name] ?? plainWords(name);
}

/** A filter's value in a reader's words; ids and times stay as they are. */
export function filterValue(name: string, value: string): string {
  if (name === 'action') return actionWords(value);
  return ['actor_type', 'outcome', 'classification', 'state', 'gaps'].includes(name) ? plainWords(value) : value;
}
