import * as z from 'zod/mini';
import { type ApiOperation, inGroup, inLedger, ledger, paged, READ } from './api-operation';
import { PageCursor } from './filters';
import { HeldAnswer, HoldAnswer, HoldBody, HoldDetailAnswer, HoldFilter, HoldPage, HoldPreviewBody, ReleaseBody } from './holds';
import {
  ConversationDecisionAnswer,
  PoliciesAnswer,
  PoliciesBody,
  PoliciesPreviewAnswer,
  PoliciesPreviewBody,
  PolicyVersionPage,
  RecordDecisionAnswer,
  RetentionAnswer,
  TriggerAnswer,
  TriggerBody,
  TriggerPage,
  WithdrawBody,
} from './retention';

const { post, look } = inGroup('Retention');

/** What is kept until when, and what must not go. */
export const RETENTION_OPERATIONS: readonly ApiOperation[] = [
  look(
    '/api/v1/retention',
    'What is kept until when: by policy and month; due, held, in conflict, unmapped',
    inLedger,
    RetentionAnswer,
    'Decided over sums that are kept behind the append path, never over records. `counted_to` says how far they reach; `complete` is false while they are behind, or are being counted anew for a hold.',
  ),
  {
    ...look('/api/v1/retention/records/{id}', 'Until when a record is kept, and why', inLedger, RecordDecisionAnswer),
    refuses: [...READ, 'conflict'],
  },
  {
    ...look(
      '/api/v1/retention/conversations/{id}',
      'Until when a conversation is kept, and why',
      inLedger,
      ConversationDecisionAnswer,
      'The strictest of its records: the latest minimum, the earliest maximum. Of more than 2,000 records the first and the last 1,000 are looked at.',
    ),
    refuses: [...READ, 'conflict'],
  },
  look(
    '/api/v1/retention/policies',
    'The policies of a ledger, and those of the catalogue that were never switched on',
    inLedger,
    PoliciesAnswer,
  ),
  look(
    '/api/v1/retention/policies/versions',
    'Versions of the policies: who, when, why, and what was before and after',
    paged,
    PolicyVersionPage,
  ),
  post(
    '/api/v1/retention/policies/preview',
    'What a change of policies would do to the records that are there; nothing is changed',
    { status: 200, say: 'In numbers and in a sentence: "1,204 records would become due."', schema: PoliciesPreviewAnswer },
    PoliciesPreviewBody,
  ),
  post(
    '/api/v1/retention/policies',
    'Switch on, change or add policies, and settle conflicts',
    { status: 201, say: 'The new version.', schema: PoliciesAnswer },
    PoliciesBody,
    'if_version is the version that was looked at. Members of a policy that are left out stay as they are, or as the catalogue has them. Records are decided anew from then on; none is rewritten.',
    ['reauthentication_required'],
  ),
  look('/api/v1/retention/triggers', 'Events that start the clocks of policies, newest first, at most 200', inLedger, TriggerPage),
  post(
    '/api/v1/retention/triggers',
    'Enter the day on which a clock starts: an account was closed, something was last in effect or last used',
    { status: 201, say: 'It counts for everything of its scope, what comes in later included.', schema: TriggerAnswer },
    TriggerBody,
    'The day is not to come, and not before anything in the ledger. It starts no minimum before a record was recorded.',
    ['reauthentication_required', 'out_of_range'],
  ),
  post(
    '/api/v1/retention/triggers/{id}/withdraw',
    'Withdraw what was entered wrongly',
    { status: 200, say: 'It stays on the list, and counts no more.', schema: TriggerAnswer },
    WithdrawBody,
    undefined,
    ['reauthentication_required'],
  ),
  look(
    '/api/v1/holds',
    'Legal holds: standing ones, then released ones, newest first, 100 a page',
    z.object({ ledger, ...HoldFilter.shape, ...PageCursor.shape }),
    HoldPage,
    'By matter, state (`release_asked`: it stands, and waits for a second person) and what they are on. `older` and `newer` are as the answer before gave them.',
  ),
  look(
    '/api/v1/holds/{id}',
    'A hold, and what it reaches now',
    inLedger,
    HoldDetailAnswer,
    'Counted live as far as 10,000 (`exact` false: at least so many); `counted` has the exact number of those in the database as of a position. `segments` are those of the archive that hold anything of it, with the legal hold that is on their objects; `history` is every step that was taken with it, by its entries of the access ledger.',
  ),
  post(
    '/api/v1/holds/preview',
    'What a hold of that scope would reach; none is placed',
    { status: 200, say: 'Counted as far as 10,000.', schema: HeldAnswer },
    HoldPreviewBody,
  ),
  post(
    '/api/v1/holds',
    'Place a hold on a conversation, a person, a resource, an actor, an agent or days',
    { status: 201, say: 'The hold stands: nothing that it reaches can be pruned, destroyed or shredded.', schema: HoldAnswer },
    HoldBody,
  ),
  post(
    '/api/v1/holds/{id}/release',
    'Ask for the release of a hold',
    { status: 200, say: 'It stands until another person confirms.', schema: HoldAnswer },
    ReleaseBody,
  ),
  post(
    '/api/v1/holds/{id}/release/confirm',
    'Confirm the release of a hold that another person asked for',
    { status: 200, say: 'Released; nothing is destroyed by that.', schema: HoldAnswer },
    undefined,
    undefined,
    ['reauthentication_required', 'second_person_required'],
  ),
  post(
    '/api/v1/holds/{id}/release/decline',
    'Take the request for a release away',
    { status: 200, say: 'The hold stands on.', schema: HoldAnswer },
    ReleaseBody,
  ),
];
