import { randomUUID } from 'node:crypto';
import type { Role } from '@/lib/schema/vocabulary';
import { someRecord } from './agent';
import { accountOf } from './installation';
import { type Actor, at, encode, list, NONE, page, personal, type Row } from './route-row';
import { ARCHIVE_ROUTES } from './route-table-archive';
import { DESTRUCTION_ROUTES } from './route-table-destruction';
import { REGISTRY_ROUTES } from './route-table-registry';
import { REPORT_ROUTES } from './route-table-reports';
import { RETENTION_ROUTES } from './route-table-retention';
import { WORDS_ROUTES } from './route-table-words';

const NO_AGENT = 'no-agent-of-this-name';

/** Every page (PAGE) and every method of every route; the test compares it with what lies on the disk. */
export const ROUTES: Record<string, Row> = {
  'PAGE /': page('overview.read', '/'),
  'PAGE /conversations': page('conversations.read', '/conversations'),
  'PAGE /conversations/[id]': {
    permission: 'conversations.read',
    path: at((t) => `/conversations/${encode(t.conversation)}`),
    ok: 200,
    thing: true,
  },
  'PAGE /records': page('records.read', '/records'),
  'PAGE /records/[id]': { permission: 'records.read', path: at((t) => `/records/${t.record.id}`), ok: 200, thing: true },
  'PAGE /integrity': page('integrity.read', '/integrity'),
  'PAGE /integrity/[id]': { permission: 'integrity.read', path: at((t) => `/integrity/${t.run}`), ok: 200, thing: true },
  'PAGE /prompts': page('records.read', '/prompts'),
  'PAGE /prompts/[agent]': {
    permission: 'records.read',
    path: (ledger) => `/prompts/${encode(NO_AGENT)}?ledger=${ledger}`,
    ok: 404,
  },
  'PAGE /break-glass': page('break_glass.use', '/break-glass'),
  'PAGE /reviews': page('break_glass.review', '/reviews'),
  'PAGE /settings/content': page('content.manage', '/settings/content'),
  'PAGE /exports': page('evidence.export', '/exports'),
  'PAGE /access-log': { ...page('access_log.read', '/access-log'), access: true },
  'PAGE /settings/users': page('settings.read', '/settings/users'),
  'PAGE /settings/keys': page('settings.read', '/settings/keys'),
  'PAGE /settings/proofs': page('proofs.manage', '/settings/proofs'),
  'PAGE /settings/account': { permission: 'account.manage', path: () => '/settings/account', ok: 200, personal: true },
  'PAGE /sign-in': { permission: null, path: () => '/sign-in', ok: 200 },
  'PAGE /setup/[token]': { permission: null, path: () => '/setup/none-such', ok: 200 },
  'PAGE /arrival': { permission: null, path: () => '/arrival', ok: 200 },
  'PAGE /warm-up': { permission: null, path: () => '/warm-up', ok: 404 },
  'PAGE /docs/api': { permission: null, path: () => '/docs/api', ok: 200 },
  'PAGE /docs/errors': { permission: null, path: () => '/docs/errors', ok: 200 },

  // What of next-auth is not opened does not exist.
  'GET /api/auth/[...nextauth]': { permission: null, path: () => '/api/auth/csrf', ok: 200 },
  'POST /api/auth/[...nextauth]': { permission: null, path: () => '/api/auth/_log', ok: 404 },
  'GET /api/openapi.json': { permission: null, path: () => '/api/openapi.json', ok: 200 },
  'GET /api/v1/setup/[token]': { permission: null, path: () => '/api/v1/setup/none-such', ok: 404 },
  'POST /api/v1/setup/[token]': {
    permission: null,
    path: () => '/api/v1/setup/none-such',
    body: () => ({ password: 'a long enough password' }),
    ok: 404,
  },

  'POST /api/v1/records': { permission: null, path: () => '/api/v1/records', body: () => someRecord(), ok: 201 },
  'GET /api/v1/records': list('records.read', '/api/v1/records'),
  'GET /api/v1/records/[id]': { permission: 'records.read', path: at((t) => `/api/v1/records/${t.record.id}`), ok: 200, thing: true },
  'GET /api/v1/records/[id]/proof': {
    permission: 'records.read',
    path: at((t) => `/api/v1/records/${t.record.id}/proof`),
    ok: 200,
    thing: true,
    agentToo: true,
  },
  'GET /api/tlog/[ledger]/[...path]': { permission: 'integrity.read', path: (ledger) => `/api/tlog/${ledger}/checkpoint`, ok: 200 },
  'GET /api/v1/conversations': list('conversations.read', '/api/v1/conversations'),
  'GET /api/v1/conversations/[id]': {
    permission: 'conversations.read',
    path: at((t) => `/api/v1/conversations/${encode(t.conversation)}`),
    ok: 200,
    thing: true,
  },
  'GET /api/v1/conversations/[id]/proof': {
    permission: 'conversations.read',
    path: at((t) => `/api/v1/conversations/${encode(t.conversation)}/proof`),
    ok: 200,
    thing: true,
  },
  'GET /api/v1/search': { permission: 'records.read', path: (ledger) => `/api/v1/search?q=-tool:none&ledger=${ledger}`, ok: 200 },
  'GET /api/v1/ledgers/[id]/head': { permission: 'integrity.read', path: (ledger) => `/api/v1/ledgers/${ledger}/head`, ok: 200 },
  'GET /api/v1/verifications': list('integrity.read', '/api/v1/verifications'),
  'POST /api/v1/verifications': {
    permission: 'integrity.run',
    path: (ledger) => `/api/v1/verifications?ledger=${ledger}`,
    body: () => ({ scope: { kind: 'range', from: '0', to: '0' } }),
    ok: 202,
  },
  'GET /api/v1/verifications/[id]': {
    permission: 'integrity.read',
    path: at((t) => `/api/v1/verifications/${t.run}`),
    ok: 200,
    thing: true,
  },
  // A run that has ended can no longer be cancelled: whoever may is told so.
  'POST /api/v1/verifications/[id]/cancel': {
    permission: 'integrity.run',
    path: at((t) => `/api/v1/verifications/${t.run}/cancel`),
    ok: 409,
    thing: true,
  },

  'GET /api/v1/exports': { ...list('evidence.export', '/api/v1/exports'), sessionOnly: true },
  'POST /api/v1/exports': {
    permission: 'evidence.export',
    path: (ledger) => `/api/v1/exports?ledger=${ledger}`,
    body: () => ({ scope: { kind: 'range', from: '0', to: '0' } }),
    ok: 202,
    sessionOnly: true,
  },
  'POST /api/v1/exports/preview': {
    permission: 'content.reveal',
    path: (ledger) => `/api/v1/exports/preview?ledger=${ledger}`,
    body: () => ({ scope: { kind: 'range', from: '0', to: '0' } }),
    ok: 200,
    sessionOnly: true,
  },
  // Whoever may is told that there is none of that id.
  'GET /api/v1/exports/[id]': { permission: 'evidence.export', path: at(() => `/api/v1/exports/${NONE}`), ok: 404, sessionOnly: true },
  'GET /api/v1/exports/[id]/file': {
    permission: 'evidence.export',
    path: at(() => `/api/v1/exports/${NONE}/file`),
    ok: 404,
    sessionOnly: true,
  },
  'POST /api/v1/exports/[id]/cancel': {
    permission: 'evidence.export',
    path: at(() => `/api/v1/exports/${NONE}/cancel`),
    body: () => ({}),
    ok: 404,
    sessionOnly: true,
  },
  ...WORDS_ROUTES,
  ...REGISTRY_ROUTES,
  ...REPORT_ROUTES,
  ...RETENTION_ROUTES,
  ...ARCHIVE_ROUTES,
  ...DESTRUCTION_ROUTES,
  'GET /api/v1/alarms': list('integrity.read', '/api/v1/alarms'),
  'POST /api/v1/alarms/[id]/settle': {
    permission: 'alarms.settle',
    path: at(() => `/api/v1/alarms/${NONE}/settle`),
    body: () => ({ reason: 'looked at' }),
    ok: 404,
    sessionOnly: true,
  },
  'POST /api/v1/comparisons': {
    permission: 'integrity.run',
    path: (ledger) => `/api/v1/comparisons?ledger=${ledger}`,
    body: () => ({ text: JSON.stringify({ seq: '0', integrity_hash: '0'.repeat(64) }) }),
    ok: 200,
  },

  'GET /api/v1/settings/users': { ...list('settings.read', '/api/v1/settings/users'), sessionOnly: true },
  // An address that is taken: whoever may invite is told so, and nobody is invited.
  'POST /api/v1/settings/users': {
    permission: 'users.manage',
    path: (ledger) => `/api/v1/settings/users?ledger=${ledger}`,
    body: () => ({ email: accountOf('auditor').email, name: 'Twice', roles: [] }),
    ok: 409,
    sessionOnly: true,
  },
  'PATCH /api/v1/settings/users/[id]': {
    permission: 'users.manage',
    path: (ledger, _, world) => `/api/v1/settings/users/${world.guest}?ledger=${ledger}`,
    body: () => ({ name: 'Guest' }),
    ok: 200,
    sessionOnly: true,
  },
  'POST /api/v1/settings/users/[id]/link': {
    permission: 'users.manage',
    path: (ledger, _, world) => `/api/v1/settings/users/${world.guest}/link?ledger=${ledger}`,
    ok: 201,
    sessionOnly: true,
  },
  'GET /api/v1/settings/keys': { ...list('settings.read', '/api/v1/settings/keys'), sessionOnly: true },
  'POST /api/v1/settings/keys': {
    permission: 'keys.manage',
    path: (ledger) => `/api/v1/settings/keys?ledger=${ledger}`,
    body: () => ({ name: 'By the matrix', kind: 'read' }),
    ok: 201,
    sessionOnly: true,
  },
  // The ledger is the key's own: no address can name another for it.
  'POST /api/v1/settings/keys/[id]/revoke': {
    permission: 'keys.manage',
    path: at((t) => `/api/v1/settings/keys/${t.spareKey}/revoke`),
    ok: 200,
    thing: true,
    sessionOnly: true,
  },

  'PATCH /api/v1/settings/proofs': {
    permission: 'proofs.manage',
    path: (ledger) => `/api/v1/settings/proofs?ledger=${ledger}`,
    body: () => ({ witness_quorum: 1 }),
    ok: 200,
    sessionOnly: true,
  },
  'GET /api/v1/settings/proofs': { ...list('proofs.manage', '/api/v1/settings/proofs'), sessionOnly: true },
  'GET /api/v1/settings/anchors': { ...list('proofs.manage', '/api/v1/settings/anchors'), sessionOnly: true },
  'POST /api/v1/settings/anchors': {
    permission: 'proofs.manage',
    path: (ledger) => `/api/v1/settings/anchors?ledger=${ledger}`,
    // An address of the machine itself: whoever may is told that it is not asked, and nothing is made.
    body: () => ({ kind: 'webhook', name: 'By the matrix', every_seconds: 3600, config: { url: 'http://127.0.0.1:1/' } }),
    ok: 422,
    sessionOnly: true,
  },
  // Whoever may is told that there is none of that id.
  'PATCH /api/v1/settings/anchors/[id]': {
    permission: 'proofs.manage',
    path: at(() => `/api/v1/settings/anchors/${NONE}`),
    body: () => ({ enabled: false }),
    ok: 404,
    sessionOnly: true,
  },
  'DELETE /api/v1/settings/anchors/[id]': {
    permission: 'proofs.manage',
    path: at(() => `/api/v1/settings/anchors/${NONE}`),
    ok: 404,
    sessionOnly: true,
  },
  'POST /api/v1/settings/anchors/[id]/try': {
    permission: 'proofs.manage',
    path: at(() => `/api/v1/settings/anchors/${NONE}/try`),
    ok: 404,
    sessionOnly: true,
  },

  'PATCH /api/v1/account': { ...personal, path: () => '/api/v1/account', body: () => ({ zone: 'UTC' }), ok: 200 },
  'GET /api/v1/account/confirm': { ...personal, path: () => '/api/v1/account/confirm', ok: 200 },
  'POST /api/v1/account/confirm': {
    ...personal,
    path: () => '/api/v1/account/confirm',
    body: (actor) => ({ password: isRole(actor) ? accountOf(actor).password : 'none' }),
    ok: 200,
  },
  // Too short: refused before the present password is looked at.
  'POST /api/v1/account/password': {
    ...personal,
    path: () => '/api/v1/account/password',
    body: () => ({ current: 'whatever it is', next: 'short' }),
    ok: 422,
  },
  'GET /api/v1/account/sessions': { ...personal, path: () => '/api/v1/account/sessions', ok: 200 },
  'POST /api/v1/account/sessions/[id]/revoke': {
    ...personal,
    path: () => `/api/v1/account/sessions/${randomUUID()}/revoke`,
    ok: 404,
  },
  'POST /api/v1/account/views': {
    ...personal,
    path: () => '/api/v1/account/views',
    body: () => ({ screen: '/records', name: 'Denied', query: 'outcome=denied' }),
    ok: 201,
  },
  'DELETE /api/v1/account/views/[id]': { ...personal, path: () => `/api/v1/account/views/${randomUUID()}`, ok: 404 },

  // An address that the API does not have, by whatever method.
  ...Object.fromEntries(
    ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'].map((method) => [
      `${method} /api/[...unknown]`,
      { permission: null, path: () => '/api/none-such', ok: 404 },
    ]),
  ),
};

export function isRole(actor: Actor): actor is Role {
  return actor === 'auditor' || actor === 'compliance_officer' || actor === 'administrator';
}
