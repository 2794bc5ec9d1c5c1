import * as z from 'zod/mini';
import { ArchivedAnswer } from './archive';
import { DestroyedAnswer } from './destruction';
import { ERRORS, type ErrorCode } from './errors';
import { ANCHOR_KINDS } from './proofs';
import { ConversationDecisionAnswer, RecordDecisionAnswer } from './retention';
import { Seq } from './seq';
import { BREAK_CODES, CHECK_NAMES, VERDICTS } from './verification';
import { CLASSIFICATIONS } from './vocabulary';
import { WordsAnswer } from './words';

/**
 * What the read API answers, as schemas: answers are parsed on the way out, the API's description is made from them, and the types of the
 * screens are theirs. Sequence numbers are decimal strings, hashes lower-case hex, times RFC 3339 UTC.
 */
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const time = z.string();
const text = z.optional(z.string());

/** The canonical body, decoded (format, section 2). What a later or a forged body holds beside these members is shown, not dropped. */
export const RecordBody = z.looseObject({
  v: z.literal(1),
  id: z.string(),
  timestamp: time,
  action: z.string(),
  actor_id: z.string(),
  actor_type: z.string(),
  conversation_id: text,
  agent_name: text,
  resource_type: text,
  resource_id: text,
  subject_id: text,
  on_behalf_of: text,
  purpose: text,
  outcome: text,
  details: z.optional(z.record(z.string(), z.unknown())),
  domains: z.optional(z.array(z.string())),
  data_classification: text,
  agent_seq: z.optional(z.number()),
  source: z.looseObject({ key_id: text, session_id: text, channel: z.string() }),
  submitted: z.string(),
});

/** An entry's header with its record. `body` is null where it cannot be had: `archived` says whether it lies in the archive. */
export const EntryAnswer = z.object({
  seq: Seq,
  id: z.string(),
  /** With microseconds: they are hashed. */
  received_at: time,
  conversation_seq: Seq,
  previous_hash: hash,
  integrity_hash: hash,
  body_hash: hash,
  body: z.nullable(RecordBody),
  /** Where the body lies that has left the database. */
  archived: z.optional(ArchivedAnswer),
  /** Its body was destroyed at the end of its life: neither missing nor anywhere else. */
  destroyed: z.optional(DestroyedAnswer),
});

/** One entry with all that is needed to compute its hash again, and the hashes on both sides of it. */
export const RecordAnswer = z.object({
  /** Origin of the ledger; the previous_hash of entry 0 follows from it. */
  ledger_origin: z.string(),
  entry: EntryAnswer,
  /** The stored bytes, exactly: as text where they are UTF-8, else in base64; null where they are gone. */
  canonical: z.nullable(z.object({ encoding: z.enum(['utf8', 'base64']), text: z.string() })),
  previous: z.nullable(z.object({ seq: Seq, integrity_hash: hash })),
  next: z.nullable(z.object({ seq: Seq, previous_hash: hash })),
  /** What is known of the words that it commits to, without them. */
  words: WordsAnswer,
  /** Until when it is kept and why; null where its body is not here: what decides about it is in there. */
  retention: z.nullable(RecordDecisionAnswer),
});

export const Counted = z.object({
  count: z.number(),
  /** false: at least this many. */
  exact: z.boolean(),
});

/** Cursors of the neighbouring pages (sequence numbers), null at the ends. */
const page = {
  older: z.nullable(Seq),
  newer: z.nullable(Seq),
  total: Counted,
  /** Set where the search for rare rows stopped before the page was full: so far it has looked; `older` (or `newer`) continues from there. */
  searched_to: z.nullable(Seq),
};
/** How far the index of words has got: what was said later is not found by it yet. */
export const WordsSearched = z.object({ indexed_to: z.nullable(Seq), complete: z.boolean() });
export const RecordPage = z.object({
  rows: z.array(EntryAnswer),
  ...page,
  words: z.optional(WordsSearched),
  /** With filters: how many records are in the archive alone, where filters do not look. Conversations are found all the same, and the archive is searched by itself. */
  unsearched: z.optional(z.number()),
});

export const ConversationRow = z.object({
  conversation_id: z.string(),
  agent_name: z.nullable(z.string()),
  user_id: z.nullable(z.string()),
  subject_id: z.nullable(z.string()),
  record_count: z.number(),
  first_seq: Seq,
  last_seq: Seq,
  first_at: time,
  last_at: time,
  classification: z.nullable(z.enum(CLASSIFICATIONS)),
  ended: z.boolean(),
  /** How many of the sender's numbers never arrived. */
  missing: z.number(),
  /** How many of its records are in the archive alone. */
  archived: z.number(),
  /** How many of its records were destroyed at the end of their life. */
  destroyed: z.optional(z.number()),
});
export const ConversationPage = z.object({ rows: z.array(ConversationRow), ...page });

/** Where a run speaks up to. */
export const HeadAnswer = z.object({
  ledger: z.string(),
  origin: z.string(),
  /** null while the ledger is empty. */
  head: z.nullable(z.object({ seq: Seq, received_at: time, integrity_hash: hash })),
});

export const BreakAnswer = z.object({
  seq: Seq,
  record_id: z.nullable(z.string()),
  code: z.enum(BREAK_CODES),
  /** What the rest of the chain says it should be. */
  expected: z.string(),
  found: z.string(),
});

export const ScopeAnswer = z.union([
  z.object({ kind: z.literal('ledger') }),
  z.object({ kind: z.literal('range'), from: Seq, to: Seq }),
  z.object({ kind: z.literal('conversation'), conversation_id: z.string() }),
]);
/** `archive`: what is archived is fetched and verified too, and not only its manifests. */
export const VerificationBody = z.strictObject({ scope: ScopeAnswer, archive: z.optional(z.boolean()) });

export const VerificationAnswer = z.object({
  id: z.string(),
  ledger: z.string(),
  scope: ScopeAnswer,
  state: z.enum(['queued', 'running', 'done', 'cancelled', 'failed']),
  /** null until the run is done. */
  verdict: z.nullable(z.enum(VERDICTS)),
  records_checked: z.number(),
  records_total: z.nullable(z.number()),
  /** Records a second. */
  rate: z.nullable(z.number()),
  head: z.nullable(z.object({ seq: Seq, integrity_hash: hash })),
  broken_at_record: z.nullable(z.string()),
  breaks_total: z.number(),
  /** The first breaks in sequence order, at most 1,000; breaks_total is the honest count. */
  breaks: z.array(BreakAnswer),
  /** The newest checkpoint that was checked with the entries; null where there was none. */
  checkpoint_number: z.nullable(Seq),
  checkpoints_checked: z.nullable(z.number()),
  /** What the run looked at and what it did not, in order; empty until it is done. */
  checks: z.array(z.object({ name: z.enum(CHECK_NAMES), outcome: z.enum(['passed', 'failed', 'not_checked']), say: z.string() })),
  triggered_by: z.enum(['person', 'schedule', 'start']),
  requested_by: z.string(),
  requested_at: time,
  started_at: z.nullable(time),
  finished_at: z.nullable(time),
  error: z.nullable(z.string()),
});
/** What was kept outside, held against the ledger of today. */
export const ComparisonAnswer = z.object({
  verdict: z.enum(['grew_only', 'contradicted', 'cannot_verify']),
  what: z.enum(['checkpoint', 'receipt', 'bundle']),
  /** Of what was brought: the log, its size and root, and when it was signed. */
  origin: z.nullable(z.string()),
  size: z.nullable(Seq),
  root: z.nullable(hash),
  signed_at: z.nullable(time),
  /** The newest checkpoint of today. */
  now: z.nullable(z.object({ number: Seq, size: Seq, root: hash })),
  checks: z.array(z.object({ name: z.string(), outcome: z.enum(['passed', 'failed', 'not_checked']), say: z.string() })),
});

export const VerificationPage = z.object({ rows: z.array(VerificationAnswer) });

export const ConversationAnswer = z.object({
  summary: ConversationRow,
  /** In order of conversation_seq, at most 500 a page. */
  entries: z.array(EntryAnswer),
  /** The conversation_seq to ask from for the next page (`?after=`), null on the last. */
  next_after: z.nullable(Seq),
  /** Numbers of the sender that never arrived, in order, first 100. */
  missing_agent_seqs: z.array(z.number()),
  /** Prompt and model that the agent had when the conversation began, from records before it. */
  in_force_at_start: z.object({
    prompt: z.nullable(z.object({ version: z.string(), since: time, seq: Seq })),
    model: z.nullable(z.object({ name: z.string(), since: time, seq: Seq })),
  }),
  /** Grants to the agent that were neither revoked nor expired when the conversation began; `revoked_at` where that came during it. */
  grants: z.array(
    z.object({
      seq: Seq,
      grant_id: z.nullable(z.string()),
      conversation_id: z.nullable(z.string()),
      granted_at: time,
      requester: z.nullable(z.string()),
      approver: z.nullable(z.string()),
      scope: z.nullable(z.string()),
      reason: z.nullable(z.string()),
      resource_type: z.nullable(z.string()),
      expires_at: z.nullable(z.string()),
      revoked_at: z.nullable(time),
    }),
  ),
  /** Newest finished verification of this conversation. */
  verification: z.nullable(VerificationAnswer),
  /** Who else opened this conversation, newest first, at most 20. */
  viewed_by: z.array(z.object({ person: z.string(), at: time, seq: Seq })),
  /** What is known of the words of the entries above, without them. */
  words: WordsAnswer,
  /** Until when it is kept and why: of all its records where they are on one page, else of those that are in the database; null behind the first page, and where no body is here. */
  retention: z.nullable(ConversationDecisionAnswer),
});

/** A verifier key with the sizes for which it counts. */
const SignerKeyAnswer = z.object({
  vkey: z.string(),
  kind: z.enum(['ed25519', 'ml-dsa-44']),
  incarnation: z.int(),
  from_size: Seq,
  to_size: z.nullable(Seq),
  introduced_at: time,
});

/** The records of a conversation with their paths to the newest checkpoint; body and path are base 64. */
export const ConversationProofAnswer = z.object({
  conversation_id: z.string(),
  records: z.array(
    z.object({
      seq: Seq,
      id: z.string(),
      received_at_us: Seq,
      conversation_seq: Seq,
      previous_hash: hash,
      body_hash: hash,
      integrity_hash: hash,
      body: z.nullable(z.string()),
      path: z.nullable(z.array(z.string())),
    }),
  ),
  next_after: z.nullable(Seq),
  total: z.number(),
  note: z.nullable(z.string()),
  keys: z.array(SignerKeyAnswer),
  checkpoint: z.nullable(
    z.object({
      number: Seq,
      size: Seq,
      root: hash,
      signed_at: time,
      anchors: z.array(z.object({ kind: z.enum(ANCHOR_KINDS), target: z.string(), anchored_at: time })),
      witnessed: z.boolean(),
    }),
  ),
});

/** One record with everything that its verification needs; `body` in base 64, `tlog_proof` the receipt as a text. */
export const RecordProofAnswer = z.object({
  seq: Seq,
  id: z.string(),
  received_at_us: Seq,
  conversation_seq: Seq,
  previous_hash: hash,
  body_hash: hash,
  integrity_hash: hash,
  body: z.nullable(z.string()),
  /** null until a checkpoint covers the record. */
  tlog_proof: z.nullable(z.string()),
  keys: z.array(SignerKeyAnswer),
  checkpoint: ConversationProofAnswer.shape.checkpoint,
});

/** What a sender gets back for a stored record. */
export const ReceiptAnswer = z.object({
  id: z.string(),
  ledger: z.string(),
  seq: Seq,
  conversation_seq: Seq,
  integrity_hash: hash,
  previous_hash: hash,
  received_at: time,
  /** true: this id was stored before, and this is its first receipt again. */
  duplicate: z.boolean(),
});

const place = z.int();
/** RFC 9457. `code` is the contract; the wording is not. */
export const ProblemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  /** RFC 6901, into what was sent; for a query the parameter's name. */
  pointer: z.optional(z.string()),
  request_id: z.string(),
});

/** One answer an item, in the order in which they were sent. */
export const BatchAnswer = z.object({
  items: z.array(
    z.union([
      z.extend(ReceiptAnswer, { index: place, status: z.int() }),
      z.object({ ...z.omit(ProblemAnswer, { request_id: true }).shape, index: place }),
    ]),
  ),
  accepted: place,
  duplicates: place,
  refused: place,
});
