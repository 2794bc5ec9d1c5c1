import { at, list, NONE, type Row } from './route-row';

/** What is done with words. */
export const WORDS_ROUTES: Record<string, Row> = {
  // Nobody's emergency: an administrator has opened nothing, and is refused what an auditor is told that there is none of.
  'POST /api/v1/reveals': {
    permission: 'content.reveal',
    path: (ledger) => `/api/v1/reveals?ledger=${ledger}`,
    body: () => ({ record_id: NONE, purpose: 'audit' }),
    ok: 404,
    sessionOnly: true,
  },
  'GET /api/v1/break-glass': { ...list('break_glass.review', '/api/v1/break-glass'), sessionOnly: true },
  'POST /api/v1/break-glass': {
    permission: 'break_glass.use',
    path: (ledger) => `/api/v1/break-glass?ledger=${ledger}`,
    body: () => ({ conversation_id: 'no-such-conversation', reason: 'other', note: 'To see who is let in.' }),
    ok: 404,
    sessionOnly: true,
  },
  'GET /api/v1/break-glass/own': { ...list('break_glass.use', '/api/v1/break-glass/own'), sessionOnly: true },
  'POST /api/v1/break-glass/[id]/review': {
    permission: 'break_glass.review',
    path: at(() => `/api/v1/break-glass/${NONE}/review`),
    body: () => ({ outcome: 'justified', note: 'looked at' }),
    ok: 404,
    sessionOnly: true,
  },
  'GET /api/v1/shreddings': list('records.read', '/api/v1/shreddings'),
  'POST /api/v1/shreddings/preview': {
    permission: 'content.shred',
    path: (ledger) => `/api/v1/shreddings/preview?ledger=${ledger}`,
    body: (_, world) => ({ scope: { kind: 'conversation', value: world.own.conversation } }),
    ok: 200,
    sessionOnly: true,
  },
  // Nothing is typed to confirm it: whoever may is told so, and nothing is destroyed.
  'POST /api/v1/shreddings': {
    permission: 'content.shred',
    path: (ledger) => `/api/v1/shreddings?ledger=${ledger}`,
    body: (_, world) => ({
      scope: { kind: 'conversation', value: world.own.conversation },
      authority: 'none',
      reason: 'none',
      confirm: '',
    }),
    ok: 422,
    sessionOnly: true,
  },
  'GET /api/v1/settings/content': { ...list('content.manage', '/api/v1/settings/content'), sessionOnly: true },
  'GET /api/v1/settings/vault': { ...list('vault.rotate', '/api/v1/settings/vault'), sessionOnly: true },
  'POST /api/v1/settings/vault/rotations': {
    permission: 'vault.rotate',
    path: (ledger) => `/api/v1/settings/vault/rotations?ledger=${ledger}`,
    ok: 201,
    sessionOnly: true,
  },
  // A version that there is not: whoever may is told that somebody else was there before.
  'PATCH /api/v1/settings/content': {
    permission: 'content.manage',
    path: (ledger) => `/api/v1/settings/content?ledger=${ledger}`,
    body: () => ({ if_version: 1_000_000 }),
    ok: 409,
    sessionOnly: true,
  },
};
