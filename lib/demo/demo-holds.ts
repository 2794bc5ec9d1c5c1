import type { HoldWish } from '../schema/holds';
import type { AuditRecord } from '../sdk/src/index';
import { buildDemo } from './build-demo';

/** A hold as the demo's compliance officers placed it. */
export interface DemoHold extends HoldWish {
  /** Why one of them asked for its release, which the other confirmed; null: it stands. */
  released: string | null;
}

/**
 * The legal holds of the demo that ends at `now`, in the order in which they were placed: one that two people released, one on a person and one on a conversation of a
 * matter. None reaches what was tried two years ago, so that there is something to archive and to destroy.
 * @throws TypeError for a history without what they are about
 */
export function demoHolds(now: Date): DemoHold[] {
  const records = buildDemo(now);
  return [
    {
      matter: 'Ombudsman inquiry, disputed payment',
      scope: { kind: 'subject', value: newest(records, 'payment').person },
      custodian: 'Claims records',
      reason: 'The ombudsman asked for everything about the policyholder',
      released: 'The inquiry was closed; the ombudsman confirmed it in writing',
    },
    {
      matter: 'Complaint about therapy notes',
      scope: { kind: 'subject', value: newest(records, 'therapy_note').person },
      custodian: 'Health information management',
      reason: 'Letter of counsel: the patient disputes who could read the notes',
      released: null,
    },
    {
      matter: 'Harlan, second production',
      scope: { kind: 'conversation', value: newest(records, 'privileged_document').conversation },
      custodian: 'Litigation support',
      reason: 'The other side challenges the privilege log that was made here',
      released: null,
    },
  ];
}

/** The last conversation with somebody in which something of that type was touched. */
function newest(records: readonly AuditRecord[], type: string): { person: string; conversation: string } {
  for (const { resource_type, subject_id: person, conversation_id: conversation } of records.toReversed())
    if (resource_type === type && person !== undefined && conversation !== undefined) return { person, conversation };
  throw new TypeError(`the demo's agents never touched a ${type}`);
}
