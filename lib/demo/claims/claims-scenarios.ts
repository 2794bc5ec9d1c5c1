import { type Permit, reads, type Scenario, use, writes } from '../script';

const policy = use('policies.read', reads('policy', 'POL-$subject', ['cover', 'excess', 'valid_until']));
const claim = use('claims.read', reads('claim', 'CLM-$subject-##', ['cause', 'amount', 'status']));
const triage = use('claims.set_triage', writes('claim', 'CLM-$subject-##', ['severity', 'queue'], 'triaged'), { fails: 0.03 });
const photos = use('documents.list', reads('document', 'DOC-$subject-###', ['kind', 'pages'], { rows: [1, 9] }), { result: [400, 6200] });
const fraud = use('fraud.score', reads('fraud_score', 'FS-$subject', ['score', 'reasons']), {
  needs: 'fraud-database-read',
  takes: [300, 2600],
});
const flag = use('claims.flag', writes('claim', 'CLM-$subject-##', ['fraud_flag'], 'flagged'), { chance: 0.35 });
const bank = use('bank_details.read', reads('bank_account', 'BA-$subject', ['iban_last4', 'holder']), { needs: 'bank-details-read' });
const pay = use('payments.create', writes('payment', 'PAY-$subject-###', ['amount', 'due'], 'created'), {
  takes: [400, 3200],
  fails: 0.05,
});
const reserve = use('reserves.set', writes('claim', 'CLM-$subject-##', ['reserve'], 'changed'));
const permit: Permit = {
  permit: 'payment:create:above-5000',
  approvers: 'supervisors',
  reason: 'Payment above the limit of the desk',
  type: 'payment',
  id: 'PAY-$subject-###',
  chance: 0.5,
};

const claimsWork = { purpose: 'claims_handling', classification: 'confidential', domains: ['financial', 'soc2'] } as const;

export const CLAIMS_SCENARIOS: readonly Scenario[] = [
  {
    title: 'First notice of loss',
    weight: 8,
    by: 'subject',
    channel: 'web',
    purpose: 'claims_handling',
    classification: 'confidential',
    domains: ['financial', 'gdpr'],
    turns: [
      { says: [80, 620], uses: [policy], answers: [160, 520] },
      {
        says: [40, 300],
        uses: [use('claims.create', writes('claim', 'CLM-$subject-##', ['cause', 'date', 'amount'], 'created'))],
        answers: [140, 480],
      },
      {
        says: [20, 200],
        uses: [use('documents.attach', writes('document', 'DOC-$subject-###', ['kind'], 'attached'), { fails: 0.08 })],
        answers: [80, 260],
        chance: 0.8,
      },
    ],
  },
  {
    title: 'Claims triage',
    weight: 8,
    by: 'adjusters',
    channel: 'desk',
    ...claimsWork,
    turns: [
      { says: [30, 160], uses: [claim, policy, photos], answers: [300, 1200] },
      { says: [20, 140], uses: [fraud, flag, triage], answers: [160, 640] },
      { says: [20, 120], uses: [reserve], answers: [80, 300], chance: 0.6 },
    ],
  },
  {
    title: 'Payment of a settled claim',
    weight: 6,
    by: 'adjusters',
    channel: 'desk',
    purpose: 'payment',
    classification: 'restricted',
    domains: ['financial', 'pci-dss'],
    turns: [
      { says: [30, 140], uses: [claim, policy], answers: [160, 520] },
      { says: [20, 120], uses: [bank, permit, pay], answers: [120, 400] },
      {
        says: [10, 80],
        uses: [use('letters.send', writes('letter', 'LET-$subject-##', ['template'], 'sent'))],
        answers: [60, 180],
        chance: 0.7,
      },
    ],
  },
  {
    title: 'Fraud review',
    weight: 4,
    by: 'investigators',
    channel: 'desk',
    purpose: 'fraud_prevention',
    classification: 'restricted',
    domains: ['financial', 'gdpr'],
    turns: [
      { says: [50, 240], uses: [claim, fraud], answers: [300, 1400] },
      {
        says: [40, 200],
        uses: [use('claims.search', reads('claim', 'search', ['cause', 'address', 'amount'], { rows: [3, 60] })), photos],
        answers: [400, 1800],
      },
      { says: [20, 140], uses: [{ ...flag, chance: 0.7 }, bank], answers: [120, 480], chance: 0.8 },
    ],
  },
  {
    title: 'Status of a claim',
    weight: 7,
    by: 'subject',
    channel: 'phone',
    purpose: 'customer_service',
    classification: 'confidential',
    domains: ['financial'],
    turns: [
      { says: [20, 160], uses: [claim], answers: [100, 380] },
      { says: [15, 140], uses: [{ ...policy, chance: 0.5 }], answers: [80, 320], chance: 0.6 },
    ],
  },
  {
    title: 'Card refund after a cancelled policy',
    weight: 3,
    by: 'adjusters',
    channel: 'desk',
    purpose: 'payment',
    classification: 'restricted',
    domains: ['financial', 'pci-dss', 'soc2'],
    turns: [
      {
        says: [30, 180],
        uses: [policy, use('cards.read_token', reads('card_token', 'CT-$subject', ['brand', 'last4']))],
        answers: [100, 420],
      },
      {
        says: [10, 90],
        uses: [use('refunds.create', writes('refund', 'RFD-$subject-##', ['amount'], 'created'), { fails: 0.07 })],
        answers: [80, 260],
      },
    ],
  },
  {
    title: 'What a policy covers',
    weight: 3,
    by: 'visitors',
    channel: 'web',
    purpose: 'information',
    classification: 'public',
    domains: ['soc2'],
    aboutSomeone: false,
    turns: [
      { says: [30, 180], uses: [use('terms.search', reads('terms', 'household-2025', ['clause'], { rows: [1, 6] }))], answers: [160, 620] },
      { says: [20, 120], uses: [], answers: [80, 300], chance: 0.5 },
    ],
  },
  {
    title: 'Weekly queue report',
    weight: 2,
    by: 'supervisors',
    channel: 'desk',
    purpose: 'operations',
    classification: 'internal',
    domains: ['soc2'],
    aboutSomeone: false,
    turns: [
      {
        says: [30, 140],
        uses: [use('reports.queue', reads('report', 'claims-queue', ['queue', 'age', 'count'], { rows: [8, 40] }))],
        answers: [400, 1600],
      },
      {
        says: [20, 120],
        uses: [use('reports.reserves', reads('report', 'reserves', ['line', 'amount'], { rows: [4, 20] }))],
        answers: [200, 900],
        chance: 0.6,
      },
    ],
  },
];
