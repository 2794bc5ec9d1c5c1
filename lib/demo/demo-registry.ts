import type { RegistryEntry, ToolAccess } from '../schema/registry';
import type { Classification } from '../schema/vocabulary';

type Row = readonly [label: string, access: ToolAccess, type: string, classification: Classification, ...domains: string[]];

/**
 * The tools of the three offices, as somebody at each would have mapped them. One is left out, as there always is one: `fraud.score`, which the claims desk's agent
 * got when nobody was told.
 */
const TOOLS: readonly Row[] = [
  ['chart.read', 'reads', 'patient_record', 'restricted', 'hipaa'],
  ['chart.add_note', 'modifies', 'patient_record', 'restricted', 'hipaa'],
  ['appointments.find', 'reads', 'appointment', 'confidential', 'hipaa'],
  ['appointments.move', 'modifies', 'appointment', 'confidential', 'hipaa'],
  ['appointments.free_times', 'reads', 'schedule', 'internal'],
  ['interactions.check', 'reads', 'reference', 'public'],
  ['guidelines.search', 'reads', 'reference', 'public'],
  ['labs.read', 'reads', 'lab_result', 'restricted', 'hipaa'],
  ['billing.read', 'reads', 'invoice', 'confidential', 'financial', 'hipaa'],
  ['messages.send', 'modifies', 'message', 'confidential', 'hipaa'],
  ['prescriptions.request_refill', 'modifies', 'prescription', 'restricted', 'hipaa'],
  ['referrals.create', 'modifies', 'referral', 'restricted', 'hipaa'],
  ['consents.read', 'reads', 'consent', 'confidential', 'hipaa'],
  ['records.release', 'modifies', 'disclosure', 'restricted', 'hipaa'],
  ['site.search', 'reads', 'web_page', 'public'],
  ['therapy_notes.read', 'reads', 'therapy_note', 'restricted', 'hipaa'],

  ['policies.read', 'reads', 'policy', 'confidential', 'financial'],
  ['claims.*', 'modifies', 'claim', 'confidential', 'financial'],
  ['claims.read', 'reads', 'claim', 'confidential', 'financial'],
  ['claims.search', 'reads', 'claim', 'confidential', 'financial'],
  ['bank_details.read', 'reads', 'bank_account', 'restricted', 'financial', 'gdpr'],
  ['payments.create', 'modifies', 'payment', 'restricted', 'financial'],
  ['reserves.set', 'modifies', 'claim', 'confidential', 'financial'],
  ['letters.send', 'modifies', 'letter', 'confidential'],
  ['cards.read_token', 'reads', 'card_token', 'restricted', 'pci-dss'],
  ['refunds.create', 'modifies', 'refund', 'confidential', 'financial'],
  ['terms.search', 'reads', 'terms', 'public'],
  ['reports.*', 'reads', 'report', 'internal', 'financial'],

  ['documents.*', 'modifies', 'document', 'confidential'],
  ['documents.list', 'reads', 'document', 'confidential'],
  ['documents.read', 'reads', 'document', 'confidential'],
  ['documents.search', 'reads', 'document', 'confidential'],
  ['matters.read', 'reads', 'matter', 'confidential'],
  ['matters.open', 'modifies', 'matter', 'confidential'],
  ['conflicts.search', 'reads', 'conflict_index', 'confidential'],
  ['conflicts.record_result', 'modifies', 'conflict_check', 'confidential'],
  ['privileged.read', 'reads', 'privileged_document', 'restricted'],
  ['privilege_log.add', 'modifies', 'privilege_log', 'restricted'],
  ['calendar.add_deadline', 'modifies', 'deadline', 'internal'],
  ['time.log', 'modifies', 'time_entry', 'internal'],
  ['time.read', 'reads', 'time_entry', 'internal'],
  ['contacts.create', 'modifies', 'contact', 'confidential', 'gdpr'],
  ['clauses.compare', 'reads', 'clause_library', 'internal'],
  ['rules.search', 'reads', 'reference', 'public'],
  ['invoices.draft', 'modifies', 'invoice', 'confidential', 'financial'],
  ['messages.to_lawyer', 'modifies', 'message', 'confidential'],
];

const SOURCES: readonly [name: string, classification: Classification, ...domains: string[]][] = [
  ['patient_record', 'restricted', 'hipaa'],
  ['lab_result', 'restricted', 'hipaa'],
  ['bank_account', 'restricted', 'financial', 'gdpr'],
  ['card_token', 'restricted', 'pci-dss'],
  ['privileged_document', 'restricted'],
];

/** Tools whose arguments name the patient. */
const BY_PATIENT = new Set(['chart.read', 'chart.add_note', 'labs.read', 'therapy_notes.read']);

export const UNMAPPED_DEMO_TOOL = 'fraud.score';

export const DEMO_REGISTRY: readonly RegistryEntry[] = [
  ...TOOLS.map(
    ([label, access, type, classification, ...domains]): RegistryEntry => ({
      kind: 'tool',
      ...(label.includes('*') ? { pattern: label } : { name: label }),
      resource_type: type,
      domains,
      classification,
      access,
      ...(type === 'patient_record' && { resource_pointer: '/patient_id' }),
      ...(BY_PATIENT.has(label) && { subject_pointer: '/patient_id' }),
    }),
  ),
  ...SOURCES.map(
    ([name, classification, ...domains]): RegistryEntry => ({ kind: 'data_source', name, domains, classification, access: 'none' }),
  ),
];
