import { ERRORS, type ErrorCode } from './errors';

/** What a person can do about a refusal, where its standing sentence does not say so already. */
const ADVICE: Partial<Record<ErrorCode, string>> = {
  busy: 'No connection to the database came free in five seconds: many ask at once. Nothing was looked at and nothing was changed. Wait as Retry-After says; ingest has connections of its own and goes on.',
  store_busy:
    'The queue is full, the database cannot be reached, or it rolled the batch back. Nothing was stored. Wait as Retry-After says and send the same records with the same ids.',
  outcome_unknown:
    'The connection to the database was lost between sending and answer, so that the record may or may not be stored. Send it again with the same id: a stored one answers with its first receipt and `duplicate: true`.',
  rate_limited:
    'The quota is counted per key and process (KEY_RATE records a second, a kilobyte counting as one, ten seconds’ worth of burst).',
  idempotency_conflict: 'An id is used once. A retry must send exactly the same record; another record needs an id of its own.',
  agent_mismatch: 'A key is bound to agent names. Use the key of this agent, or have an administrator issue one for it.',
  actor_not_allowed: 'Only keys that were issued with “may write users” can record what people did. An agent’s own key should not.',
  vault_unavailable:
    'Words are kept encrypted or not at all. Nothing was stored: send the same again. If it lasts, an operator should look at the keys that wrap the data keys (`npm run vault -- show`), or at the key service.',
  number_unsafe:
    'Large integers are read differently by different programs, so that two would hash two things. Send identifiers as strings.',
  duplicate_key: 'Programs disagree on which of two members counts, so that none is taken.',
  reserved_detail: '`registry` and `derived_from` tell what the server itself made of a record. Put your own data under another name.',
  reauthentication_required:
    'Revealed words, exports, keys and roles ask again for the password, or a sign-in at the identity provider, when the last one is more than five minutes old.',
  second_person_required:
    'What one person did in an emergency is signed off by another: the same person may not, whatever their role is by then.',
  archive_refused:
    'Nothing leaves the database before its copy was put into the archive and looked at there. GET /api/v1/archive says what is wrong with the store; docs/archive.md tells what each answer means.',
  destruction_refused:
    'Only what is past its minimum and under no hold can be asked for, record by record; the detail counts what stands against the rest. docs/destruction.md tells who decides what.',
  review_required:
    'The alarm of a use of break-glass ends when a compliance officer, not the one who opened it, signs the use off: POST /api/v1/break-glass/{id}/review, or the page Reviews.',
  under_hold: 'A hold wins over everything that destroys. The answer to the preview names the holds; who may release them decides.',
  words_not_indexed:
    'The index is off until a compliance officer switches it on for the ledger, under Settings, Words, where stands what it gives away.',
  query_invalid:
    'Terms stand apart by spaces, each `name:value` or the beginning of an id, with a minus sign before it to turn it round; what has spaces or a colon stands in double quotes. docs/search.md lists the names.',
  audit_unavailable:
    'No one looks without a trace: when the access ledger cannot be written, nothing is shown. Try again; if it lasts, an operator should look at the database.',
  batch_refused: 'The items name the record that was refused and why; put it right and send the whole batch again.',
  origin_mismatch:
    'Changes are accepted from pages of this installation alone. Behind a proxy, set PUBLIC_URL to the address that browsers see.',
};

/** One section a code, as Markdown and for the page `/docs/errors`. */
export function errorSections(): { code: ErrorCode; status: number; say: string; advice: string | null }[] {
  return (Object.keys(ERRORS) as ErrorCode[]).map((code) => ({
    code,
    status: ERRORS[code].status,
    say: ERRORS[code].say,
    advice: ADVICE[code] ?? null,
  }));
}

export function errorsMarkdown(): string {
  const sections = errorSections().map(
    ({ code, status, say, advice }) => `## ${code}\n\n${status}. ${say}${advice === null ? '' : ` ${advice}`}\n`,
  );
  return [
    '# Errors',
    '',
    'Every refusal is `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): `{type, title, status, code, detail, pointer, request_id}`. The code is the contract; the',
    'wording may change. `pointer` is the place in what you sent ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)). The value itself is never repeated.',
    '',
    ...sections,
  ].join('\n');
}
