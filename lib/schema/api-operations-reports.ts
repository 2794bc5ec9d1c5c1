import type * as z from 'zod/mini';
import { type ApiOperation, CHANGE, inLedger, paged, READ } from './api-operation';
import { REPORT_TYPES, ReportAnswer, ReportBody, ReportPage } from './reports';

const of = (method: 'get' | 'post', path: string, summary: string, schema: z.ZodMiniType): ApiOperation => ({
  method,
  path,
  group: 'Reports',
  summary,
  access: 'session',
  query: inLedger,
  answers: [{ status: 200, say: 'Done.', schema }],
  refuses: READ,
});

/** Lists and months as files. */
export const REPORT_OPERATIONS: readonly ApiOperation[] = [
  {
    ...of('post', '/api/v1/reports', 'Ask for a list, or for a month, as CSV, JSONL and PDF', ReportAnswer),
    description:
      'Answered at once; the files are made by a job. Its address is in Location. query is the list’s own, without cursors; every row that it finds is in the report, as of the moment of asking. JSONL is always among the files. A search by said: is refused. Who asks has confirmed their identity within five minutes.',
    body: ReportBody,
    answers: [{ status: 202, say: 'The report has been asked for.', schema: ReportAnswer }],
    refuses: [...CHANGE, 'reauthentication_required'],
  },
  {
    ...of('get', '/api/v1/reports', 'Reports of a ledger and of the access log, newest first, 100 a page', ReportPage),
    query: paged,
  },
  of('get', '/api/v1/reports/{id}', 'How far a report has come, or what was made', ReportAnswer),
  {
    ...of(
      'get',
      '/api/v1/reports/{id}/files/{format}',
      'One file of a report (csv, jsonl, pdf or about); kept for seven days',
      ReportAnswer,
    ),
    answers: [
      {
        status: 200,
        say: 'The file; X-Content-SHA256 has its hash.',
        types: Object.values(REPORT_TYPES).map((type) => type.split(';')[0]!),
      },
    ],
    refuses: [...READ, 'reauthentication_required', 'conflict', 'expired'],
  },
  { ...of('post', '/api/v1/reports/{id}/cancel', 'Cancel a report', ReportAnswer), refuses: CHANGE },
];
