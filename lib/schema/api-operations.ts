import * as z from 'zod/mini';
import { AnchorBody, AnchorMadeAnswer, AnchorTargetAnswer, AnchorTargetPage, ChangeAnchorBody } from './anchors';
import {
  BatchAnswer,
  ComparisonAnswer,
  ConversationAnswer,
  ConversationPage,
  ConversationProofAnswer,
  HeadAnswer,
  ReceiptAnswer,
  RecordAnswer,
  RecordPage,
  RecordProofAnswer,
  VerificationAnswer,
  VerificationBody,
  VerificationPage,
} from './answers';
import { type ApiOperation, BODY, CHANGE, inLedger, ledger, paged, READ, read } from './api-operation';
import { ARCHIVE_OPERATIONS } from './api-operations-archive';
import { DESTRUCTION_OPERATIONS } from './api-operations-destruction';
import { REGISTRY_OPERATIONS } from './api-operations-registry';
import { REPORT_OPERATIONS } from './api-operations-reports';
import { RETENTION_OPERATIONS } from './api-operations-retention';
import { WORDS_OPERATIONS } from './api-operations-words';
import { ComparisonBody } from './comparison';
import type { ErrorCode } from './errors';
import {
  AlarmAnswer,
  AlarmPage,
  ExportAnswer,
  ExportBody,
  ExportPage,
  ExportPreviewAnswer,
  ExportPreviewBody,
  SettleBody,
} from './evidence';
import { ConversationFilter, PageCursor, RecordFilter } from './filters';
import { RecordInput } from './record';
import { SearchAnswer, SearchParams } from './search';
import {
  AccountBody,
  ChangeUserBody,
  ConfirmBody,
  InviteBody,
  IssueKeyBody,
  PasswordBody,
  ProofSettingsBody,
  SaveViewBody,
  SetupBody,
} from './settings';

const INGEST = [
  ...BODY,
  ...[
    'content_encoding_unsupported',
    'gzip_invalid',
    'bad_request',
    'request_timeout',
    'method_not_allowed',
    'unauthenticated',
    'forbidden',
  ],
  ...[
    'agent_mismatch',
    'actor_not_allowed',
    'body_not_object',
    'read_only_field',
    'identifier_invalid',
    'timestamp_precision',
    'reserved_detail',
  ],
  ...['record_too_large', 'batch_size', 'batch_refused', 'vault_unavailable', 'idempotency_conflict', 'rate_limited', 'store_busy'],
  ...['outcome_unknown', 'internal'],
] as ErrorCode[];
const evidence = (method: 'get' | 'post', path: string, summary: string, schema: z.ZodMiniType): ApiOperation => ({
  method,
  path,
  group: 'Evidence',
  summary,
  access: 'session',
  query: inLedger,
  answers: [{ status: 200, say: 'Done.', schema }],
  refuses: READ,
});
const settings = (
  method: 'get' | 'post' | 'patch' | 'delete',
  path: string,
  summary: string,
  status: number,
  body?: z.ZodMiniType,
): ApiOperation => ({
  method,
  path,
  group: 'People, keys, account',
  summary,
  access: 'session',
  ...(path.startsWith('/api/v1/settings') && { query: inLedger }),
  ...(body && { body }),
  answers: [{ status, say: 'Done.' }],
  refuses: method === 'get' ? READ : [...CHANGE, 'reauthentication_required'],
});

const anchors = (status: number, schema: z.ZodMiniType) => ({
  status,
  say: 'How it is now; `failures` and `last_error` say how it went.',
  schema,
});

/** Every operation under /api/v1, one definition for the description and its page. A test compares it with the route files. */
export const API_OPERATIONS: readonly ApiOperation[] = [
  {
    method: 'post',
    path: '/api/v1/records',
    group: 'Sending records',
    summary: 'Store one record or a batch of up to 1,000',
    description:
      'A single object is answered with a receipt: 201 where it was stored, 200 where this id was stored before. An array, or NDJSON, is answered with one item each. A receipt is given only after the record is durable. After a 503 send the same ids again: nothing is stored twice. Content-Encoding: gzip is accepted.',
    access: 'ingest_key',
    query: z.object({ atomic: z.optional(z.enum(['true', 'false'])) }),
    body: z.union([RecordInput, z.array(RecordInput).check(z.minLength(1), z.maxLength(1_000))]),
    bodyTypes: ['application/json', 'application/x-ndjson'],
    answers: [
      { status: 201, say: 'Stored.', schema: ReceiptAnswer },
      {
        status: 200,
        say: 'The first receipt again, or the answers to a batch. With atomic=true a refused batch is 422.',
        schema: z.union([ReceiptAnswer, BatchAnswer]),
      },
    ],
    refuses: INGEST,
  },
  read(
    '/api/v1/records',
    'Records, filtered, newest first, 100 a page',
    z.object({ ledger, ...RecordFilter.shape, ...PageCursor.shape }),
    RecordPage,
    'Ask for the next page with older=, the value of `older` in the answer. Where `searched_to` is set, the search for rare rows stopped there for now, and older= continues it.',
  ),
  read(
    '/api/v1/records/{id}',
    'One entry with its stored bytes and the hashes beside it',
    inLedger,
    RecordAnswer,
    'The id is that of the record, or its sequence number.',
  ),
  read(
    '/api/v1/conversations',
    'Conversations, filtered, newest first, 100 a page',
    z.object({ ledger, ...ConversationFilter.shape, ...PageCursor.shape }),
    ConversationPage,
  ),
  read(
    '/api/v1/conversations/{id}',
    'One conversation in its own order, with what was in force when it began',
    z.object({ ledger, after: z.optional(z.string()) }),
    ConversationAnswer,
    'At most 500 entries a page; after= takes the value of `next_after`.',
  ),
  read(
    '/api/v1/conversations/{id}/proof',
    'The records of a conversation as they are kept, with their paths to the newest checkpoint',
    z.object({ ledger, after: z.optional(z.string()) }),
    ConversationProofAnswer,
    'At most 500 records a page; after= takes the value of `next_after`. With keys from elsewhere, who asks need not believe the answer.',
  ),
  {
    ...read(
      '/api/v1/search',
      'A search as it is typed, over records or conversations',
      SearchParams,
      SearchAnswer,
      'q holds terms that must all hold: `name:value` with the names actor, action, agent, conversation, resource, subject, class, domain, model, tool, outcome, has, said, before, after; or the beginning of an id. A minus sign before a term turns it round; what has spaces stands in double quotes. `said:` looks into sealed words: for people who may reveal them, where the ledger has an index of words.',
    ),
    refuses: [...READ, 'required', 'enum', 'query_invalid', 'words_not_indexed', 'vault_unavailable'],
  },
  read('/api/v1/ledgers/{id}/head', 'The last entry: what a witness keeps', z.object({}), HeadAnswer),
  ...WORDS_OPERATIONS,
  ...REGISTRY_OPERATIONS,
  ...REPORT_OPERATIONS,
  ...RETENTION_OPERATIONS,
  ...ARCHIVE_OPERATIONS,
  ...DESTRUCTION_OPERATIONS,
  {
    method: 'post',
    path: '/api/v1/verifications',
    group: 'Verification',
    summary: 'Verify a ledger, a range or a conversation',
    description: 'Answered at once; the run goes on. Its address is in Location.',
    access: 'session_or_read_key',
    query: inLedger,
    body: VerificationBody,
    answers: [{ status: 202, say: 'The run has been asked for.', schema: VerificationAnswer }],
    refuses: CHANGE,
  },
  {
    ...read('/api/v1/verifications', 'Runs, newest first, 50 a page', paged, VerificationPage),
    group: 'Verification',
  },
  { ...read('/api/v1/verifications/{id}', 'One run, its progress and its breaks', inLedger, VerificationAnswer), group: 'Verification' },
  {
    method: 'post',
    path: '/api/v1/verifications/{id}/cancel',
    group: 'Verification',
    summary: 'Cancel a run',
    access: 'session_or_read_key',
    query: inLedger,
    answers: [{ status: 200, say: 'The run, cancelled or about to be.', schema: VerificationAnswer }],
    refuses: CHANGE,
  },
  {
    method: 'post',
    path: '/api/v1/comparisons',
    group: 'Verification',
    summary: 'Hold something kept outside against the ledger of today',
    description:
      'A signed checkpoint (C2SP tlog-checkpoint), a receipt with its proof (C2SP tlog-proof), or a receipt as this API gives it, as text: does today’s history still hold what it says?',
    access: 'session_or_read_key',
    query: inLedger,
    body: ComparisonBody,
    answers: [{ status: 200, say: 'Each check, in order, and what follows from them.', schema: ComparisonAnswer }],
    refuses: CHANGE,
  },
  {
    method: 'get',
    path: '/api/v1/records/{id}/proof',
    group: 'Proofs',
    summary: 'The receipt of one record, or everything that its verification needs',
    description:
      'As text: position, path to the root and signed checkpoint (C2SP tlog-proof); refused with not_covered_yet until a checkpoint covers the record, which takes about a second. With Accept: application/json also the bytes and the keys. An agent’s own key is given the text, by the id of the record.',
    access: 'session_or_any_key',
    query: inLedger,
    answers: [{ status: 200, say: 'The proof.', schema: RecordProofAnswer, types: ['text/plain'] }],
    refuses: [...READ, 'not_covered_yet', 'conflict'],
  },
  {
    method: 'get',
    path: '/api/tlog/{ledger}/{path}',
    group: 'Proofs',
    summary: 'Checkpoint, tiles and entries of the tree, for tools that read C2SP logs',
    description:
      'checkpoint, tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>], as C2SP tlog-tiles has them; an entry is the 32 bytes of an integrity_hash. Without a number they are those of the first incarnation, for ever; those of a ledger that goes on under another name are behind incarnations/<n>/. Open to anyone where an administrator made the log public.',
    access: 'session_or_read_key',
    answers: [{ status: 200, say: 'The resource.', types: ['text/plain', 'application/octet-stream'] }],
    refuses: ['unauthenticated', 'forbidden', 'not_found', 'bad_request', 'internal'],
  },
  {
    method: 'post',
    path: '/api/v1/exports',
    group: 'Evidence',
    summary: 'Make an evidence bundle of a conversation, a range of positions or a filter',
    description:
      'Answered at once; the bundle is made by a job. Its address is in Location. At most 50,000 records. Who asks has confirmed their identity within five minutes. With `content` the words are in it, for who may reveal them and the purpose that is named: whoever has the file can then read them.',
    access: 'session',
    query: inLedger,
    body: ExportBody,
    answers: [{ status: 202, say: 'The bundle has been asked for.', schema: ExportAnswer }],
    refuses: [...CHANGE, 'reauthentication_required', 'out_of_range', 'archive_refused'],
  },
  { ...read('/api/v1/alarms', 'Open and ended alarms, newest first, at most 50', inLedger, AlarmPage), group: 'Proofs' },
  {
    method: 'post',
    path: '/api/v1/alarms/{id}/settle',
    group: 'Proofs',
    summary: 'Settle an alarm with a reason',
    access: 'session',
    query: inLedger,
    body: SettleBody,
    answers: [{ status: 200, say: 'The alarm, ended.', schema: AlarmAnswer }],
    refuses: [...CHANGE, 'review_required'],
  },
  {
    method: 'post',
    path: '/api/v1/exports/preview',
    group: 'Evidence',
    summary: 'How many parts of words a bundle of that scope would hold',
    description: 'Counted and not opened. Words of which only some lie in the scope are left out: their key would open the others too.',
    access: 'session',
    query: inLedger,
    body: ExportPreviewBody,
    answers: [{ status: 200, say: 'The counts, and the purposes that an export may name.', schema: ExportPreviewAnswer }],
    refuses: CHANGE,
  },
  evidence('get', '/api/v1/exports', 'Exports of a ledger, newest first, 100 a page', ExportPage),
  evidence('get', '/api/v1/exports/{id}', 'How far an export has come, or what was made', ExportAnswer),
  {
    ...evidence(
      'get',
      '/api/v1/exports/{id}/file',
      'The bundle, a zip; kept for seven days, one with words for whoever asked for it',
      ExportAnswer,
    ),
    answers: [{ status: 200, say: 'The zip; X-Content-SHA256 has its hash.', types: ['application/zip'] }],
    refuses: [...READ, 'reauthentication_required', 'conflict', 'expired', 'vault_unavailable'],
  },
  { ...evidence('post', '/api/v1/exports/{id}/cancel', 'Cancel an export', ExportAnswer), refuses: CHANGE },
  settings('get', '/api/v1/settings/users', 'People with a role on a ledger', 200),
  settings('post', '/api/v1/settings/users', 'Invite a person', 201, InviteBody),
  settings('patch', '/api/v1/settings/users/{id}', 'Change the name or the roles of a person, or disable them', 200, ChangeUserBody),
  settings('post', '/api/v1/settings/users/{id}/link', 'Make a one-time link for a new password', 201),
  settings('get', '/api/v1/settings/keys', 'Keys of a ledger', 200),
  settings('post', '/api/v1/settings/keys', 'Issue a key; its secret is in this answer and nowhere else', 201, IssueKeyBody),
  settings('post', '/api/v1/settings/keys/{id}/revoke', 'Revoke a key', 200),
  settings(
    'patch',
    '/api/v1/settings/proofs',
    'Change who may read the log, the quorum of witnesses, the schedule of verifications and who is told of alarms',
    200,
    ProofSettingsBody,
  ),
  settings('get', '/api/v1/settings/proofs', 'What is set about proofs, without secrets', 200),
  {
    ...settings('get', '/api/v1/settings/anchors', 'Places outside that checkpoints go to', 200),
    answers: [anchors(200, AnchorTargetPage)],
  },
  {
    ...settings('post', '/api/v1/settings/anchors', 'Add a witness, a time-stamping authority or another place outside', 201, AnchorBody),
    answers: [anchors(201, AnchorMadeAnswer)],
  },
  ...(['patch', 'delete'] as const).map((method) => ({
    ...settings(
      method,
      '/api/v1/settings/anchors/{id}',
      method === 'patch' ? 'Change its name, how often, or turn it off' : 'Remove it',
      200,
    ),
    ...(method === 'patch' && { body: ChangeAnchorBody }),
    answers: [anchors(200, AnchorTargetAnswer)],
  })),
  {
    ...settings('post', '/api/v1/settings/anchors/{id}/try', 'Bring the newest checkpoint there now', 200),
    answers: [anchors(200, AnchorTargetAnswer)],
  },
  settings('patch', '/api/v1/account', 'Change the own name or time zone', 200, AccountBody),
  settings('get', '/api/v1/account/confirm', 'How the person can prove again who they are', 200),
  settings('post', '/api/v1/account/confirm', 'Enter the own password again', 200, ConfirmBody),
  settings('post', '/api/v1/account/password', 'Change the own password', 200, PasswordBody),
  settings('get', '/api/v1/account/sessions', 'The own sessions', 200),
  settings('post', '/api/v1/account/sessions/{id}/revoke', 'End one of the own sessions', 200),
  settings('post', '/api/v1/account/views', 'Save a list’s filters under a name', 201, SaveViewBody),
  settings('delete', '/api/v1/account/views/{id}', 'Forget a saved view', 200),
  { ...settings('get', '/api/v1/setup/{token}', 'What a one-time link is for', 200), access: 'public', refuses: ['not_found', 'internal'] },
  { ...settings('post', '/api/v1/setup/{token}', 'Spend a one-time link', 200, SetupBody), access: 'public' },
];
