import { reads, type Scenario, use, writes } from '../script';

const chart = use('chart.read', reads('patient_record', '$subject', ['allergies', 'medication', 'problems']));
const appointments = use('appointments.find', reads('appointment', 'APT-$subject-##', ['day', 'time', 'clinician'], { rows: [1, 3] }));
const move = use('appointments.move', writes('appointment', 'APT-$subject-##', ['day', 'time'], 'moved'), { fails: 0.06 });
const interactions = use(
  'interactions.check',
  reads('reference', 'drug-interactions', ['severity', 'effect'], { classification: 'public', rows: [1, 6] }),
);
const guideline = use(
  'guidelines.search',
  reads('reference', 'clinical-guidelines', ['title', 'section'], { classification: 'public', rows: [2, 8] }),
);
const note = use('chart.add_note', writes('patient_record', '$subject', ['notes'], 'appended'));
const labs = use('labs.read', reads('lab_result', 'LAB-$subject-###', ['analyte', 'value', 'range'], { rows: [1, 14] }));
const billing = use('billing.read', reads('invoice', 'INV-$subject-###', ['amount', 'status'], { rows: [1, 4] }), {
  needs: 'billing-read',
});

const treatment = { purpose: 'treatment', classification: 'restricted', domains: ['hipaa'] } as const;

export const CLINIC_SCENARIOS: readonly Scenario[] = [
  {
    title: 'Medication interaction check',
    weight: 6,
    by: 'nurses',
    channel: 'desk',
    ...treatment,
    turns: [
      { says: [60, 260], uses: [chart, interactions], answers: [240, 900] },
      { says: [30, 160], uses: [interactions, { ...guideline, chance: 0.5 }], answers: [180, 700] },
      { says: [20, 90], uses: [note], answers: [60, 200], chance: 0.6 },
    ],
  },
  {
    title: 'Chart summary before a visit',
    weight: 6,
    by: 'physicians',
    channel: 'desk',
    ...treatment,
    turns: [
      { says: [30, 120], uses: [chart, labs, appointments], answers: [700, 2400] },
      { says: [30, 140], uses: [labs], answers: [200, 900], chance: 0.7 },
      { says: [30, 140], uses: [guideline, { ...note, chance: 0.5 }], answers: [200, 900], chance: 0.5 },
    ],
  },
  {
    title: 'Appointment change',
    weight: 8,
    by: 'subject',
    channel: 'portal',
    purpose: 'operations',
    classification: 'confidential',
    domains: ['hipaa'],
    turns: [
      { says: [40, 180], uses: [appointments], answers: [120, 360] },
      {
        says: [10, 80],
        uses: [use('appointments.free_times', reads('schedule', 'clinic-week', ['time', 'clinician'], { rows: [4, 30] })), move],
        answers: [90, 260],
      },
      { says: [8, 60], uses: [], answers: [40, 120], chance: 0.6 },
    ],
  },
  {
    title: 'Question about a lab result',
    weight: 6,
    by: 'subject',
    channel: 'portal',
    ...treatment,
    turns: [
      { says: [50, 320], uses: [labs, chart], answers: [300, 1100] },
      { says: [30, 200], uses: [guideline], answers: [240, 900], chance: 0.8 },
      {
        says: [20, 120],
        uses: [use('messages.send', writes('message', 'MSG-$subject-###', ['recipient', 'subject_line'], 'sent'))],
        answers: [60, 180],
        chance: 0.5,
      },
    ],
  },
  {
    title: 'Prescription refill',
    weight: 6,
    by: 'subject',
    channel: 'phone',
    ...treatment,
    turns: [
      { says: [40, 160], uses: [chart, interactions], answers: [120, 400] },
      {
        says: [10, 80],
        uses: [use('prescriptions.request_refill', writes('prescription', 'RX-$subject-##', ['refills'], 'requested'), { fails: 0.04 })],
        answers: [100, 300],
      },
    ],
  },
  {
    title: 'Bill and payment question',
    weight: 4,
    by: 'reception',
    channel: 'desk',
    purpose: 'payment',
    classification: 'confidential',
    domains: ['financial', 'hipaa', 'pci-dss'],
    turns: [
      { says: [40, 200], uses: [billing], answers: [120, 500] },
      { says: [20, 120], uses: [{ ...billing, chance: 0.7 }, appointments], answers: [100, 380], chance: 0.7 },
    ],
  },
  {
    title: 'Referral letter',
    weight: 3,
    by: 'physicians',
    channel: 'desk',
    ...treatment,
    turns: [
      { says: [60, 240], uses: [chart, labs], answers: [900, 2600] },
      {
        says: [20, 140],
        uses: [use('referrals.create', writes('referral', 'REF-$subject-##', ['specialty', 'reason', 'urgency'], 'created'))],
        answers: [80, 240],
      },
    ],
  },
  {
    title: 'Release of a record to another clinic',
    weight: 2,
    by: 'reception',
    channel: 'desk',
    purpose: 'disclosure',
    classification: 'restricted',
    domains: ['gdpr', 'hipaa'],
    turns: [
      { says: [60, 260], uses: [use('consents.read', reads('consent', 'CONS-$subject', ['scope', 'signed_on']))], answers: [120, 420] },
      {
        says: [20, 100],
        uses: [chart, use('records.release', writes('disclosure', 'DISC-$subject-##', ['recipient', 'scope'], 'created'), { fails: 0.05 })],
        answers: [120, 300],
      },
    ],
  },
  {
    title: 'Opening hours and directions',
    weight: 3,
    by: 'visitors',
    channel: 'web',
    purpose: 'information',
    classification: 'public',
    domains: ['soc2'],
    aboutSomeone: false,
    turns: [
      {
        says: [20, 110],
        uses: [use('site.search', reads('web_page', 'opening-hours', ['title', 'text'], { rows: [1, 3] }))],
        answers: [80, 260],
      },
      { says: [15, 90], uses: [], answers: [60, 220], chance: 0.4 },
    ],
  },
  {
    title: 'Therapy notes before a visit',
    weight: 1.2,
    by: 'physicians',
    channel: 'desk',
    ...treatment,
    turns: [
      {
        says: [40, 160],
        uses: [
          chart,
          use('therapy_notes.read', reads('therapy_note', 'TN-$subject-#', ['session', 'plan'], { rows: [1, 5] }), {
            needs: 'therapy-notes-read',
          }),
        ],
        answers: [180, 900],
      },
      { says: [20, 120], uses: [labs], answers: [160, 600], chance: 0.5 },
    ],
  },
];
