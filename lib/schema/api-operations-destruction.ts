import { type ApiOperation, inGroup, inLedger, paged, READ } from './api-operation';
import {
  DestructionAnswer,
  DestructionApproveBody,
  DestructionBody,
  DestructionCloseBody,
  DestructionDetail,
  DestructionPage,
  DestructionPreviewAnswer,
  DestructionPreviewBody,
  DueAnswer,
} from './destruction';

const { post, look } = inGroup('Destruction');
const file = (format: string, type: string, summary: string): ApiOperation => ({
  method: 'get',
  path: `/api/v1/destructions/{id}/certificate.${format}`,
  group: 'Destruction',
  summary,
  access: 'session_or_read_key',
  query: inLedger,
  answers: [{ status: 200, say: 'The newest version; that it was taken is an entry of the access ledger.', types: [type] }],
  refuses: [...READ, 'conflict'],
});

/** The end of life, which nothing reaches by itself. */
export const DESTRUCTION_OPERATIONS: readonly ApiOperation[] = [
  look(
    '/api/v1/destructions/due',
    'What is past its minimum: by the policy that decides and the month in which it ended',
    inLedger,
    DueAnswer,
    'Decided over sums. Those of archived records know no holds; a preview decides record by record.',
  ),
  post(
    '/api/v1/destructions/preview',
    'What of a scope could be destroyed now, decided record by record; nothing is asked for',
    { status: 200, say: 'As far as 100,000 records; `complete` says whether that was all of it.', schema: DestructionPreviewAnswer },
    DestructionPreviewBody,
  ),
  look('/api/v1/destructions', 'Requests and what became of them, newest first', paged, DestructionPage),
  post(
    '/api/v1/destructions',
    'Ask for the destruction of what is past its minimum and under no hold',
    { status: 201, say: 'It names these records and waits for another person.', schema: DestructionAnswer },
    DestructionBody,
    'The request names positions: what comes later is not in it. The password has to have been entered within five minutes.',
    ['reauthentication_required', 'destruction_refused'],
  ),
  look('/api/v1/destructions/{id}', 'A destruction by its id or its number, with its objects and certificate', inLedger, DestructionDetail),
  post(
    '/api/v1/destructions/{id}/approve',
    'Approve what another person asked for; the work begins',
    { status: 200, say: 'Decided anew, and begun.', schema: DestructionAnswer },
    DestructionApproveBody,
    '`confirm` is its number. Each record is decided once more when its turn comes: what is held or not due by then stays, and is told in the certificate.',
    ['reauthentication_required', 'second_person_required', 'destruction_refused'],
  ),
  post(
    '/api/v1/destructions/{id}/decline',
    'Decline what another person asked for',
    { status: 200, say: 'Nothing is destroyed by it.', schema: DestructionAnswer },
    DestructionCloseBody,
    undefined,
    ['second_person_required'],
  ),
  post(
    '/api/v1/destructions/{id}/withdraw',
    'Withdraw what you asked for',
    { status: 200, say: 'Nothing is destroyed by it.', schema: DestructionAnswer },
    DestructionCloseBody,
  ),
  post('/api/v1/destructions/{id}/stop', 'Stop one that is being carried out', {
    status: 200,
    say: 'It stops at its next heartbeat. What is destroyed by then stays so.',
    schema: DestructionAnswer,
  }),
  post(
    '/api/v1/destructions/{id}/resume',
    'Take up one that a fault or a person has stopped',
    { status: 200, say: 'It goes on where it was.', schema: DestructionAnswer },
    undefined,
    undefined,
    ['reauthentication_required'],
  ),
  file('json', 'application/json', 'The certificate as JSON: the signed note, and the same taken apart'),
  file('note', 'text/plain', 'The certificate as it was signed'),
  file('pdf', 'application/pdf', 'The certificate on paper'),
];
