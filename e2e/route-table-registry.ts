import { list, page, type Row } from './route-row';

/** Tools and data sources, and what they mean for a record. */
export const REGISTRY_ROUTES: Record<string, Row> = {
  'PAGE /registry': page('registry.read', '/registry'),
  'GET /api/v1/registry': list('registry.read', '/api/v1/registry'),
  // A version that there is not: whoever may is told that somebody else was there before.
  'POST /api/v1/registry': {
    permission: 'registry.manage',
    path: (ledger) => `/api/v1/registry?ledger=${ledger}`,
    body: () => ({ if_version: 1_000_000, entries: [] }),
    ok: 409,
    sessionOnly: true,
  },
  'POST /api/v1/registry/preview': {
    permission: 'registry.manage',
    path: (ledger) => `/api/v1/registry/preview?ledger=${ledger}`,
    body: () => ({ entries: [] }),
    ok: 200,
    sessionOnly: true,
  },
  'GET /api/v1/registry/tools': list('registry.read', '/api/v1/registry/tools'),
  'GET /api/v1/registry/file': list('registry.read', '/api/v1/registry/file'),
};
