/**
 * Everything that answers without an entry in the access ledger: this list is complete.
 */
export const EXEMPTIONS = [
  {
    path: 'GET /api/v1/verifications/{id}, while the run goes on',
    why: 'A page asks every second how far it has come, and is told counts alone. Starting and cancelling it are recorded as acts, and so is each look at what an ended run found.',
  },
  { path: 'GET /_next/static/*, fonts, icons', why: 'Files of the product, the same for everyone, signed in or not.' },
  { path: 'GET /api/health', why: 'Says that the process and its database answer, to monitors that ask every few seconds; shows no data.' },
  { path: 'GET /api/openapi.json, /docs/api, /docs/errors', why: 'The description of the API, the same for everyone.' },
  {
    path: 'GET /sign-in, /setup/{token}, /api/v1/setup/{token}',
    why: 'Nobody is signed in yet. A good link shows its holder the name and the address that it was made for, and nothing of a ledger; what is sent from there is recorded.',
  },
  {
    path: 'GET /api/auth/csrf, /api/auth/providers, /api/auth/session, /api/auth/signin, /api/auth/error',
    why: 'The library’s own: a token against forged forms, the ways of signing in, and whether one is signed in oneself. Signing in, failing to and signing out are recorded.',
  },
  {
    path: 'GET /api/tlog/{ledger}/*',
    why: 'Checkpoint, tiles and hashes of the tree: nothing of a record can be read from them, and witnesses and monitors ask every few seconds. An administrator decides whether they need a key.',
  },
  {
    path: 'GET /api/v1/records/{id}/proof, with an ingest key',
    why: 'An agent fetches the receipt of a record that it sent: its position and hashes alone. An entry for each would cause another checkpoint. People and read keys are recorded.',
  },
  {
    path: 'POST /api/v1/records',
    why: 'An agent adds and reads nothing; its record is itself an entry. Refused keys are counted and recorded by the minute (ingest_refused).',
  },
] as const;
