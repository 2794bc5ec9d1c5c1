import { at, encode, list, NONE, page, type Row } from './route-row';

/** What is kept until when, and what must not go. */
export const RETENTION_ROUTES: Record<string, Row> = {
  'PAGE /retention': page('retention.read', '/retention'),
  'PAGE /retention/policies': page('retention.read', '/retention/policies'),
  'GET /api/v1/retention': list('retention.read', '/api/v1/retention'),
  'GET /api/v1/retention/records/[id]': {
    permission: 'retention.read',
    path: at((t) => `/api/v1/retention/records/${t.record.id}`),
    ok: 200,
    thing: true,
  },
  'GET /api/v1/retention/conversations/[id]': {
    permission: 'retention.read',
    path: at((t) => `/api/v1/retention/conversations/${encode(t.conversation)}`),
    ok: 200,
    thing: true,
  },
  'GET /api/v1/retention/policies': list('retention.read', '/api/v1/retention/policies'),
  'GET /api/v1/retention/policies/versions': list('retention.read', '/api/v1/retention/policies/versions'),
  // A version that there is not: whoever may is told that somebody else was there before.
  'POST /api/v1/retention/policies': {
    permission: 'retention.manage',
    path: (ledger) => `/api/v1/retention/policies?ledger=${ledger}`,
    body: () => ({ if_version: 1_000_000, set: [{ code: 'soc2', on: true }], reason: 'By the matrix' }),
    ok: 409,
    sessionOnly: true,
  },
  'POST /api/v1/retention/policies/preview': {
    permission: 'retention.manage',
    path: (ledger) => `/api/v1/retention/policies/preview?ledger=${ledger}`,
    body: () => ({ set: [{ code: 'pci-dss', on: true }] }),
    ok: 200,
    sessionOnly: true,
  },
  'GET /api/v1/retention/triggers': list('retention.read', '/api/v1/retention/triggers'),
  // No policy waits for it: whoever may is told so, and nothing is entered.
  'POST /api/v1/retention/triggers': {
    permission: 'retention.manage',
    path: (ledger) => `/api/v1/retention/triggers?ledger=${ledger}`,
    body: () => ({ trigger: 'none_such', scope: { kind: 'subject', value: 'nobody' }, day: '2026-01-01', reason: 'By the matrix' }),
    ok: 422,
    sessionOnly: true,
  },
  'POST /api/v1/retention/triggers/[id]/withdraw': {
    permission: 'retention.manage',
    path: at(() => `/api/v1/retention/triggers/${NONE}/withdraw`),
    body: () => ({ reason: 'By the matrix' }),
    ok: 404,
    sessionOnly: true,
  },
  'PAGE /holds': page('records.read', '/holds'),
  'PAGE /holds/[id]': { permission: 'records.read', path: at(() => `/holds/${NONE}`), ok: 404 },
  'GET /api/v1/holds': list('records.read', '/api/v1/holds'),
  'GET /api/v1/holds/[id]': { permission: 'records.read', path: at(() => `/api/v1/holds/${NONE}`), ok: 404 },
  'POST /api/v1/holds': {
    permission: 'hold.place',
    path: (ledger) => `/api/v1/holds?ledger=${ledger}`,
    body: () => ({ matter: 'Matrix', scope: { kind: 'subject', value: 'nobody-of-this-name' }, reason: 'By the matrix' }),
    ok: 201,
    sessionOnly: true,
  },
  'POST /api/v1/holds/preview': {
    permission: 'hold.place',
    path: (ledger) => `/api/v1/holds/preview?ledger=${ledger}`,
    body: () => ({ scope: { kind: 'time', from: '2026-01-01', to: '2026-01-31' } }),
    ok: 200,
    sessionOnly: true,
  },
  'POST /api/v1/holds/[id]/release': {
    permission: 'hold.release',
    path: at(() => `/api/v1/holds/${NONE}/release`),
    body: () => ({ reason: 'By the matrix' }),
    ok: 404,
    sessionOnly: true,
  },
  'POST /api/v1/holds/[id]/release/confirm': {
    permission: 'hold.release',
    path: at(() => `/api/v1/holds/${NONE}/release/confirm`),
    ok: 404,
    sessionOnly: true,
  },
  'POST /api/v1/holds/[id]/release/decline': {
    permission: 'hold.release',
    path: at(() => `/api/v1/holds/${NONE}/release/decline`),
    body: () => ({ reason: 'By the matrix' }),
    ok: 404,
    sessionOnly: true,
  },
};
