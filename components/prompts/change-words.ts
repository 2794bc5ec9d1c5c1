import type { ChangeDto } from '@/lib/schema/prompts';

/** Who approved a change, as the sender reported it; one who approved the own change is told apart. */
export function approvalWords({ author, approver }: Pick<ChangeDto, 'author' | 'approver'>): {
  tone: 'plain' | 'attention';
  words: string;
} {
  if (approver === null) return { tone: 'attention', words: 'no approver recorded' };
  if (approver === author) return { tone: 'attention', words: `approved by its author, ${approver}` };
  return { tone: 'plain', words: `approved by ${approver}` };
}

/** "Version 7" or "gpt-5-mini"; what is not recorded is said. */
export function changeName({ kind, name }: Pick<ChangeDto, 'kind' | 'name'>): string {
  if (name === null) return kind === 'prompt' ? 'version not recorded' : 'model not recorded';
  return kind === 'prompt' ? `version ${name}` : name;
}
