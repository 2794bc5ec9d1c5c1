/**
 * Everything that answers without an entry in the access ledger: this list is complete.
 * `routes` are those that are open to everyone, as the table of all routes names them (e2e/route-table.ts): a test holds that each of them is here. What
 * has none is a part of a route that records everything else.
 */
export const EXEMPTIONS: readonly { path: string; why: string; routes?: readonly string[] }[] = [
  {
    path: 'GET /api/v1/verifications/{id}, while the run goes on',
    why: 'A page asks every second how far it has come, and is told counts alone. Starting and cancelling it are recorded as acts, and so is each look at what an ended run found.',
  },
  {
    path: 'GET /api/v1/exports/{id}, while it is made',
    why: 'A page asks every second how far it has come, and is told counts alone. Asking for it, cancelling and taking it are recorded.',
  },
  {
    path: 'GET /api/v1/reports/{id}, while it is made',
    why: 'A page asks every second how far it has come, and is told counts alone. Asking for it, cancelling and taking its files are recorded.',
  },
  {
    path: 'GET /api/v1/archive/runs/{id}, while it goes on',
    why: 'A page asks every second how far it has come, and is told counts alone. Starting and cancelling it are recorded, and so is each look at an ended one.',
  },
  {
    path: 'GET /api/v1/destructions/{id}, while it is carried out',
    why: 'A page that was recorded when it was opened asks every second how far it has come. Asking for it, approving and every other act are recorded, and so is each look at one that is not under way.',
  },
  { path: 'GET /_next/static/*, fonts, icons', why: 'Files of the product, the same for everyone, signed in or not.' },
  {
    path: 'Addresses under /api/ that there are not',
    why: 'Nothing is there, and whoever asks is told that alone.',
    routes: ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'].map((method) => `${method} /api/[...unknown]`),
  },
  { path: 'GET /api/health', why: 'Says that the process and its database answer, to monitors that ask every few seconds; shows no data.' },
  {
    path: 'GET /api/openapi.json, /docs/api, /docs/errors',
    why: 'The description of the API, the same for everyone.',
    routes: ['GET /api/openapi.json', 'PAGE /docs/api', 'PAGE /docs/errors'],
  },
  {
    path: 'GET of any page by a link from another site',
    why: 'The page says that it would be recorded, and asks. What it leads to is recorded when the reader goes on.',
    routes: ['PAGE /arrival'],
  },
  {
    path: 'GET /warm-up, by the process itself when it starts',
    why: 'It draws made-up figures, once, so that the first reader does not wait; no ledger is read for it. To everybody else it is not there.',
    routes: ['PAGE /warm-up'],
  },
  {
    path: 'GET /sign-in, /setup/{token}, /api/v1/setup/{token}',
    why: 'Nobody is signed in yet. A good link shows its holder the name and the address that it was made for, and nothing of a ledger; what is sent from there is recorded.',
    routes: ['PAGE /sign-in', 'PAGE /setup/[token]', 'GET /api/v1/setup/[token]', 'POST /api/v1/setup/[token]'],
  },
  {
    path: 'GET /api/auth/csrf, /api/auth/providers, /api/auth/session, /api/auth/signin, /api/auth/error',
    why: 'The library’s own: a token against forged forms, the ways of signing in, and whether one is signed in oneself. Signing in, failing to and signing out are recorded.',
    routes: ['GET /api/auth/[...nextauth]', 'POST /api/auth/[...nextauth]'],
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
    routes: ['POST /api/v1/records'],
  },
];
