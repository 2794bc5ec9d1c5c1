/**
 * Everything that answers without an entry in the access ledger: this list is complete, and the test of all routes holds it so.
 */
export const EXEMPTIONS = [
  {
    path: 'GET /api/v1/verifications/{id}',
    why: 'A page asks twice a second how far a run has come. Opening the run is recorded as a screen, starting and cancelling it as acts; the poll shows counts and no record.',
  },
  { path: 'GET /_next/static/*, fonts, icons', why: 'Files of the product, the same for everyone, signed in or not.' },
  { path: 'GET /api/health', why: 'Says that the process and its database answer, to monitors that ask every few seconds; shows no data.' },
  { path: 'GET /api/openapi.json, /docs/api', why: 'The description of the API, the same for everyone.' },
  { path: 'GET /sign-in, /setup/{token}', why: 'Nobody is signed in yet and nothing is shown; what is sent from there is recorded.' },
  {
    path: 'GET /api/auth/csrf, /api/auth/providers, /api/auth/session, /api/auth/signin, /api/auth/error',
    why: 'The library’s own: a token against forged forms, the ways of signing in, and whether one is signed in oneself. Signing in, failing to and signing out are recorded.',
  },
  {
    path: 'POST /api/v1/records',
    why: 'An agent adds and reads nothing; its record is itself an entry. Refused keys are counted and recorded by the minute (ingest_refused).',
  },
] as const;
