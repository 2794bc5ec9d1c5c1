import type * as z from 'zod/mini';
import { type ApiOperation, CHANGE, inLedger, READ, read } from './api-operation';
import {
  BreakGlassAnswer,
  BreakGlassBody,
  BreakGlassPage,
  ContentSettingsAnswer,
  ContentSettingsBody,
  OwnBreakGlassPage,
  RevealBody,
  RevealLine,
  ReviewBody,
  RotationAnswer,
  ShreddingAnswer,
  ShreddingBody,
  ShreddingPage,
  ShreddingPreviewAnswer,
  ShreddingPreviewBody,
  VaultAnswer,
} from './words';

const words = (
  method: 'get' | 'post' | 'patch',
  path: string,
  summary: string,
  answer: { status: number; say: string; schema: z.ZodMiniType; types?: readonly string[] },
  body?: z.ZodMiniType,
): ApiOperation => ({
  method,
  path,
  group: 'Words',
  summary,
  access: 'session',
  query: inLedger,
  ...(body && { body }),
  answers: [answer],
  refuses: method === 'get' ? READ : [...CHANGE, 'reauthentication_required'],
});

/** What is done with the words: the one part of the API whose answers can hold any. */
export const WORDS_OPERATIONS: readonly ApiOperation[] = [
  {
    ...words(
      'post',
      '/api/v1/reveals',
      'Reveal the words of a conversation or of a record, for a purpose',
      {
        status: 200,
        say: 'A line a part, then a line with `end`: an answer without it was cut off.',
        schema: RevealLine,
        types: ['application/x-ndjson'],
      },
      RevealBody,
    ),
    description:
      'Who asks has confirmed their identity within five minutes. That it was asked, with the purpose, is durable in the access ledger before the first line leaves; where it cannot be written nothing is answered but audit_unavailable. At most 500 records at a time; the last line says where to go on.',
  },
  words('get', '/api/v1/break-glass', 'Uses of break-glass: those that nobody has reviewed, then reviewed ones', {
    status: 200,
    say: 'Oldest first where nobody has reviewed it, else newest first.',
    schema: BreakGlassPage,
  }),
  {
    ...words(
      'post',
      '/api/v1/break-glass',
      'Open the words of one conversation to oneself for 30 minutes, in an emergency',
      { status: 201, say: 'Open; an alarm has been raised, and it has to be reviewed.', schema: BreakGlassAnswer },
      BreakGlassBody,
    ),
    description:
      'Each reveal under it asks for a purpose and is recorded like every other. A compliance officer can end it by reviewing it.',
  },
  words('get', '/api/v1/break-glass/own', 'What the person opened by break-glass and can still use', {
    status: 200,
    say: 'Newest first.',
    schema: OwnBreakGlassPage,
  }),
  {
    ...words(
      'post',
      '/api/v1/break-glass/{id}/review',
      'Sign off a use of break-glass',
      { status: 200, say: 'Reviewed; its alarm has ended.', schema: BreakGlassAnswer },
      ReviewBody,
    ),
    refuses: [...CHANGE, 'second_person_required'],
  },
  {
    ...read('/api/v1/shreddings', 'What was shredded, newest first, at most 100', inLedger, ShreddingPage),
    group: 'Words',
  },
  {
    ...words(
      'post',
      '/api/v1/shreddings/preview',
      'What a shredding would destroy, and what stands against it',
      { status: 200, say: 'Nothing was destroyed.', schema: ShreddingPreviewAnswer },
      ShreddingPreviewBody,
    ),
    refuses: CHANGE,
  },
  {
    ...words(
      'post',
      '/api/v1/shreddings',
      'Destroy the data keys of a conversation, or of what is about one person',
      { status: 201, say: 'Destroyed; pending until backups are past their horizon.', schema: ShreddingAnswer },
      ShreddingBody,
    ),
    description: 'Cannot be undone. The records stay, and verify. Refused while a hold covers any of it.',
    refuses: [...CHANGE, 'reauthentication_required', 'under_hold'],
  },
  words('get', '/api/v1/settings/content', 'How words are detected, kept and revealed', {
    status: 200,
    say: 'Version 0: nobody has set anything yet.',
    schema: ContentSettingsAnswer,
  }),
  words(
    'patch',
    '/api/v1/settings/content',
    'Change how words are detected, kept and revealed',
    { status: 200, say: 'As they are now.', schema: ContentSettingsAnswer },
    ContentSettingsBody,
  ),
  words('get', '/api/v1/settings/vault', 'Which key wraps the data keys, and how a change of it goes', {
    status: 200,
    say: 'Names and counts; no key material.',
    schema: VaultAnswer,
  }),
  {
    ...words('post', '/api/v1/settings/vault/rotations', 'Change the key that wraps the data keys', {
      status: 201,
      say: 'It goes on in the background, and after an interruption from where it was; words can be sealed and revealed meanwhile.',
      schema: RotationAnswer,
    }),
    refuses: [...READ, 'origin_mismatch', 'conflict', 'reauthentication_required', 'vault_unavailable'],
  },
];
