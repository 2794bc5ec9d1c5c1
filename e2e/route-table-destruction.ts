import { at, list, NONE, page, type Row } from './route-row';

const change = (permission: Row['permission'], step: string, body?: () => unknown): Row => ({
  permission,
  path: at(() => `/api/v1/destructions/${NONE}/${step}`),
  ...(body && { body }),
  ok: 404,
  sessionOnly: true,
});
const file = (format: string): Row => ({
  permission: 'retention.read',
  path: at(() => `/api/v1/destructions/${NONE}/certificate.${format}`),
  ok: 404,
});

/** Destruction at the end of life. */
export const DESTRUCTION_ROUTES: Record<string, Row> = {
  'PAGE /retention/destruction': page('retention.read', '/retention/destruction'),
  'PAGE /retention/destruction/[id]': { permission: 'retention.read', path: at(() => `/retention/destruction/${NONE}`), ok: 404 },
  'GET /api/v1/destructions': list('retention.read', '/api/v1/destructions'),
  'GET /api/v1/destructions/due': list('retention.read', '/api/v1/destructions/due'),
  'POST /api/v1/destructions/preview': {
    permission: 'destruction.request',
    path: (ledger) => `/api/v1/destructions/preview?ledger=${ledger}`,
    body: () => ({ scope: { kind: 'range', from: '0', to: '1' } }),
    ok: 200,
    sessionOnly: true,
  },
  // Nothing of it is due: whoever may is told so, and nothing is asked for.
  'POST /api/v1/destructions': {
    permission: 'destruction.request',
    path: (ledger) => `/api/v1/destructions?ledger=${ledger}`,
    body: () => ({ scope: { kind: 'conversation', value: 'none-of-this-name' }, authority: 'Schedule', reason: 'By the matrix' }),
    ok: 409,
    sessionOnly: true,
  },
  'GET /api/v1/destructions/[id]': { permission: 'retention.read', path: at(() => `/api/v1/destructions/${NONE}`), ok: 404 },
  'POST /api/v1/destructions/[id]/approve': change('destruction.approve', 'approve', () => ({ confirm: 1 })),
  'POST /api/v1/destructions/[id]/decline': change('destruction.approve', 'decline', () => ({ reason: 'By the matrix' })),
  'POST /api/v1/destructions/[id]/withdraw': change('destruction.request', 'withdraw', () => ({ reason: 'By the matrix' })),
  'POST /api/v1/destructions/[id]/stop': change('destruction.approve', 'stop'),
  'POST /api/v1/destructions/[id]/resume': change('destruction.approve', 'resume'),
  'GET /api/v1/destructions/[id]/certificate.json': file('json'),
  'GET /api/v1/destructions/[id]/certificate.note': file('note'),
  'GET /api/v1/destructions/[id]/certificate.pdf': file('pdf'),
};
