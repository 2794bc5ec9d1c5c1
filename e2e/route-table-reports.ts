import { at, list, NONE, page, type Row } from './route-row';

/** Lists and months as files. */
export const REPORT_ROUTES: Record<string, Row> = {
  'PAGE /reports': page('reports.export', '/reports'),
  'GET /api/v1/reports': { ...list('reports.export', '/api/v1/reports'), sessionOnly: true },
  'POST /api/v1/reports': {
    permission: 'reports.export',
    path: (ledger) => `/api/v1/reports?ledger=${ledger}`,
    body: () => ({ kind: 'verifications', formats: ['csv'] }),
    ok: 202,
    sessionOnly: true,
  },
  // Whoever may is told that there is none of that id.
  'GET /api/v1/reports/[id]': { permission: 'reports.export', path: at(() => `/api/v1/reports/${NONE}`), ok: 404, sessionOnly: true },
  'GET /api/v1/reports/[id]/files/[format]': {
    permission: 'reports.export',
    path: at(() => `/api/v1/reports/${NONE}/files/csv`),
    ok: 404,
    sessionOnly: true,
  },
  'POST /api/v1/reports/[id]/cancel': {
    permission: 'reports.export',
    path: at(() => `/api/v1/reports/${NONE}/cancel`),
    body: () => ({}),
    ok: 404,
    sessionOnly: true,
  },
};
