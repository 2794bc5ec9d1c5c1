import { type ApiOperation, inGroup, inLedger, paged } from './api-operation';
import {
  ArchiveAnswer,
  ArchivePreviewAnswer,
  ArchivePreviewBody,
  ArchiveRunAnswer,
  ArchiveRunPage,
  ArchiveScheduleBody,
  ExpiredLogsAnswer,
  ExpiredLogsBody,
  RestoreBody,
  SegmentPage,
} from './archive';
import { ArchiveSearchAnswer, ArchiveSearchBody, ArchiveSearchParams } from './archive-search';

const { post, look } = inGroup('Archive');
const BEGUN = { status: 202, say: 'Begun; its address is in Location.', schema: ArchiveRunAnswer };

/** What leaves the database, and comes back. */
export const ARCHIVE_OPERATIONS: readonly ApiOperation[] = [
  look('/api/v1/archive', 'Where the archive of a ledger is, whether it will do, and what is in it', inLedger, ArchiveAnswer),
  post(
    '/api/v1/archive/preview',
    'What a run would archive now; nothing is moved',
    { status: 200, say: 'Looked at as far as 50,000 records; `complete` says whether that was all.', schema: ArchivePreviewAnswer },
    ArchivePreviewBody,
  ),
  look('/api/v1/archive/runs', 'Runs of the archive, newest first', paged, ArchiveRunPage),
  post(
    '/api/v1/archive/runs',
    'Archive what has left hot storage by the policies in force',
    BEGUN,
    ArchivePreviewBody,
    'Records leave the database only when their copy was put, locked, fetched and found to be what was put. A hold that is placed meanwhile wins. With `policy` only records that it applies to.',
    ['archive_refused'],
  ),
  look('/api/v1/archive/runs/{id}', 'One run, and how far it has come', inLedger, ArchiveRunAnswer),
  post('/api/v1/archive/runs/{id}/cancel', 'Stop a run; what it has confirmed stands', {
    status: 200,
    say: 'It stops at its next step.',
    schema: ArchiveRunAnswer,
  }),
  look('/api/v1/archive/segments', 'Segments, newest first: state, object, lock, hold', paged, SegmentPage),
  post(
    '/api/v1/archive/restores',
    'Put a range of archived records back into the database',
    BEGUN,
    RestoreBody,
    'For `days` (30) no archival takes them away again. The copies in the archive stay.',
    ['archive_refused'],
  ),
  post(
    '/api/v1/archive/expired-logs',
    'archive_expired_logs(policy): archive what is expired under a policy',
    {
      status: 200,
      say: 'How many records were archived, and where they lie. A run of more than 50 seconds goes on; `run` says its state.',
      schema: ExpiredLogsAnswer,
    },
    ExpiredLogsBody,
    'Expired is what the policies in force say, by the calendar, and never what a hold reaches.',
    ['archive_refused'],
  ),
  post(
    '/api/v1/archive/schedule',
    'Archive once a day by itself, or not',
    { status: 200, say: 'As it stands now; times are UTC.', schema: ArchiveAnswer.shape.schedule },
    ArchiveScheduleBody,
    'Not of an access ledger, which stays whole.',
    ['archive_refused'],
  ),
  look(
    '/api/v1/archive/search',
    'Search in what is archived, a page of 100, newest first',
    ArchiveSearchParams,
    ArchiveSearchAnswer,
    'In copies of verified segments, each hashed before it is opened. All filters must hold; `text` is a part of a value of details, or of the purpose. Each record that is found was held against the digest in its entry. `copies` says what was looked into; what is being prepared is found by a later search. What was said is sealed, and not in it.',
  ),
  {
    ...post(
      '/api/v1/archive/search',
      'The same, with what is looked for in the body',
      { status: 200, say: 'A page, as GET answers it.', schema: ArchiveSearchAnswer },
      ArchiveSearchBody,
      undefined,
      ['archive_refused', 'rate_limited'],
    ),
    access: 'session_or_read_key',
  },
];
