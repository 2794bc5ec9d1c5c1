import { at, list, NONE, page, type Row } from './route-row';

const run = (path: string, body: () => unknown, ok: number): Row => ({
  permission: 'archive.run',
  path: (ledger) => `${path}?ledger=${ledger}`,
  body,
  ok,
  sessionOnly: true,
});

/** What leaves the database, and comes back. */
export const ARCHIVE_ROUTES: Record<string, Row> = {
  'PAGE /retention/archive': page('archive.read', '/retention/archive'),
  'PAGE /retention/archive/runs/[id]': { permission: 'archive.read', path: at(() => `/retention/archive/runs/${NONE}`), ok: 404 },
  'GET /api/v1/archive': list('archive.read', '/api/v1/archive'),
  'POST /api/v1/archive/preview': run('/api/v1/archive/preview', () => ({}), 200),
  'GET /api/v1/archive/runs': list('archive.read', '/api/v1/archive/runs'),
  // A policy that is not on: whoever may is told so, and nothing is begun.
  'POST /api/v1/archive/runs': run('/api/v1/archive/runs', () => ({ policy: 'none-such' }), 422),
  'GET /api/v1/archive/runs/[id]': { permission: 'archive.read', path: at(() => `/api/v1/archive/runs/${NONE}`), ok: 404 },
  'POST /api/v1/archive/runs/[id]/cancel': {
    permission: 'archive.run',
    path: at(() => `/api/v1/archive/runs/${NONE}/cancel`),
    ok: 404,
    sessionOnly: true,
  },
  'GET /api/v1/archive/segments': list('archive.read', '/api/v1/archive/segments'),
  'POST /api/v1/archive/restores': run('/api/v1/archive/restores', () => ({ from: '0', to: '1', reason: 'By the matrix' }), 422),
  'POST /api/v1/archive/expired-logs': run('/api/v1/archive/expired-logs', () => ({ policy: 'none-such' }), 422),
  'POST /api/v1/archive/schedule': run('/api/v1/archive/schedule', () => ({ on: false }), 200),
  'GET /api/v1/archive/search': list('records.read', '/api/v1/archive/search'),
  'POST /api/v1/archive/search': {
    permission: 'records.read',
    path: (ledger) => `/api/v1/archive/search?ledger=${ledger}`,
    body: () => ({ text: 'by the matrix' }),
    ok: 200,
  },
  'PAGE /retention/archive/search': page('records.read', '/retention/archive/search'),
};
