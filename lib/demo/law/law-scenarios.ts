import { type Permit, reads, type Scenario, use, writes } from '../script';

const matter = use('matters.read', reads('matter', 'M-$subject-#', ['parties', 'stage', 'responsible']));
const conflicts = use('conflicts.search', reads('conflict_index', 'firm', ['party', 'matter', 'role'], { rows: [0, 12] }), {
  takes: [300, 2800],
});
const documents = use('documents.search', reads('document', 'search', ['title', 'date', 'custodian'], { rows: [5, 80] }), {
  result: [900, 9800],
});
const readDocument = use('documents.read', reads('document', 'D-$subject-####', ['text', 'metadata']), { result: [1800, 24000] });
const privilege = use('documents.tag_privilege', writes('document', 'D-$subject-####', ['privilege', 'basis'], 'tagged'));
const privileged = use('privileged.read', reads('privileged_document', 'PD-$subject-###', ['text']), {
  needs: 'privileged-read',
  result: [1800, 18000],
});
const calendar = use('calendar.add_deadline', writes('deadline', 'DL-$subject-##', ['date', 'rule'], 'created'));
const time = use('time.log', writes('time_entry', 'TE-$subject-####', ['hours', 'code'], 'created'), { chance: 0.6 });
const partnerPermit: Permit = {
  permit: 'privileged_document:read:once',
  approvers: 'partners',
  reason: 'Review for the privilege log',
  type: 'privileged_document',
  id: 'PD-$subject-###',
  chance: 0.4,
};

const counsel = { purpose: 'legal_services', classification: 'restricted', domains: ['gdpr'] } as const;

export const LAW_SCENARIOS: readonly Scenario[] = [
  {
    title: 'Client intake',
    weight: 5,
    by: 'paralegals',
    channel: 'desk',
    purpose: 'intake',
    classification: 'confidential',
    domains: ['gdpr', 'soc2'],
    turns: [
      { says: [120, 800], uses: [conflicts], answers: [200, 700] },
      {
        says: [60, 400],
        uses: [use('contacts.create', writes('contact', '$subject', ['name', 'address', 'relation'], 'created'))],
        answers: [120, 420],
      },
      {
        says: [30, 200],
        uses: [use('matters.open', writes('matter', 'M-$subject-#', ['title', 'responsible'], 'opened'), { fails: 0.04 }), time],
        answers: [120, 380],
        chance: 0.8,
      },
    ],
  },
  {
    title: 'Conflict check',
    weight: 5,
    by: 'paralegals',
    channel: 'desk',
    ...counsel,
    turns: [
      { says: [40, 220], uses: [conflicts, matter], answers: [240, 900] },
      { says: [30, 160], uses: [conflicts], answers: [160, 600], chance: 0.7 },
      {
        says: [20, 120],
        uses: [use('conflicts.record_result', writes('conflict_check', 'CC-$subject-##', ['result', 'reviewer'], 'recorded'))],
        answers: [60, 200],
      },
    ],
  },
  {
    title: 'Document review',
    weight: 7,
    by: 'associates',
    channel: 'desk',
    ...counsel,
    turns: [
      { says: [60, 300], uses: [matter, documents], answers: [300, 1200] },
      { says: [40, 200], uses: [readDocument, privilege], answers: [400, 1800] },
      { says: [30, 180], uses: [readDocument, privilege], answers: [400, 1800], chance: 0.8 },
      { says: [20, 160], uses: [{ ...privilege, chance: 0.6 }, time], answers: [160, 700], chance: 0.6 },
    ],
  },
  {
    title: 'Privilege log',
    weight: 4,
    by: 'associates',
    channel: 'desk',
    purpose: 'privilege_review',
    classification: 'restricted',
    domains: ['gdpr'],
    turns: [
      { says: [40, 220], uses: [partnerPermit, privileged], answers: [300, 1300] },
      {
        says: [30, 180],
        uses: [privileged, use('privilege_log.add', writes('privilege_log', 'PL-$subject', ['entry', 'basis'], 'appended'))],
        answers: [200, 800],
      },
    ],
  },
  {
    title: 'Contract comparison',
    weight: 5,
    by: 'associates',
    channel: 'desk',
    ...counsel,
    turns: [
      {
        says: [60, 260],
        uses: [
          readDocument,
          use(
            'clauses.compare',
            reads('clause_library', 'standard-clauses', ['clause', 'risk'], { classification: 'internal', rows: [4, 28] }),
          ),
        ],
        answers: [700, 3200],
      },
      {
        says: [40, 220],
        uses: [use('documents.redline', writes('document', 'D-$subject-####', ['draft'], 'version_added'), { fails: 0.05 })],
        answers: [200, 900],
        chance: 0.8,
      },
    ],
  },
  {
    title: 'Court deadline',
    weight: 4,
    by: 'paralegals',
    channel: 'desk',
    purpose: 'legal_services',
    classification: 'internal',
    domains: ['soc2'],
    turns: [
      {
        says: [40, 200],
        uses: [
          matter,
          use('rules.search', reads('reference', 'court-rules', ['rule', 'days'], { classification: 'public', rows: [1, 5] })),
        ],
        answers: [160, 520],
      },
      { says: [15, 100], uses: [calendar], answers: [60, 200] },
    ],
  },
  {
    title: 'Invoice narrative',
    weight: 3,
    by: 'partners',
    channel: 'desk',
    purpose: 'billing',
    classification: 'confidential',
    domains: ['financial', 'soc2'],
    turns: [
      {
        says: [30, 160],
        uses: [use('time.read', reads('time_entry', 'TE-$subject', ['hours', 'code', 'narrative'], { rows: [6, 60] }))],
        answers: [300, 1400],
      },
      {
        says: [20, 140],
        uses: [use('invoices.draft', writes('invoice', 'INV-$subject-##', ['lines', 'total'], 'drafted'))],
        answers: [120, 420],
      },
    ],
  },
  {
    title: "Client's question about the matter",
    weight: 3,
    by: 'subject',
    channel: 'portal',
    ...counsel,
    turns: [
      { says: [60, 420], uses: [matter], answers: [160, 520] },
      {
        says: [30, 240],
        uses: [use('messages.to_lawyer', writes('message', 'MSG-$subject-###', ['recipient'], 'sent'))],
        answers: [60, 220],
        chance: 0.8,
      },
    ],
  },
];
