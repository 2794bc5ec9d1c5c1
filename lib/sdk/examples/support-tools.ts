import { tool } from 'ai';
import { z } from 'zod';
import type { AiSdkTouches } from '../src/adapters/ai-sdk';

/** Stand-ins for the clinic's systems. */
const CHARTS: Record<string, { allergies: string[]; medication: string[]; problems: string[] }> = {
  'P-1017': { allergies: ['penicillin'], medication: ['warfarin'], problems: ['atrial fibrillation'] },
};
const APPOINTMENTS = [{ id: 'A-5531', patient: 'P-1017', day: 'Wednesday', time: '09:40' }];
const INTERACTIONS = [{ pair: ['ibuprofen', 'warfarin'], severity: 'major', effect: 'bleeding' }];

const patient = z.string().describe('Patient number, such as P-1017');

export const clinicTools = {
  lookUpChart: tool({
    description: "Reads a patient's allergies, medication and problems.",
    inputSchema: z.object({ patient }),
    execute: async (input) => CHARTS[input.patient] ?? { allergies: [], medication: [], problems: [] },
  }),
  findAppointments: tool({
    description: "Lists a patient's appointments.",
    inputSchema: z.object({ patient }),
    execute: async (input) => APPOINTMENTS.filter((appointment) => appointment.patient === input.patient),
  }),
  moveAppointment: tool({
    description: 'Moves an appointment to another day.',
    inputSchema: z.object({ appointment: z.string(), day: z.string() }),
    execute: async ({ appointment, day }) => {
      const found = APPOINTMENTS.find(({ id }) => id === appointment);
      if (!found) throw new Error(`There is no appointment ${appointment}.`);
      found.day = day;
      return found;
    },
  }),
  checkInteractions: tool({
    description: 'Checks a list of drugs for known interactions.',
    inputSchema: z.object({ drugs: z.array(z.string()) }),
    execute: async ({ drugs }) => INTERACTIONS.filter(({ pair }) => pair.every((drug) => drugs.includes(drug))),
  }),
  readBilling: tool({
    description: "Reads a patient's open invoices.",
    inputSchema: z.object({ patient }),
    execute: async (): Promise<{ open: number }> => {
      throw new AccessDenied('The clinic assistant has no grant for billing.');
    },
  }),
};

export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}

/** Which data each tool touches: the part that no library can know. */
export const touches: AiSdkTouches<typeof clinicTools> = {
  lookUpChart: (input, chart) => ({
    action: 'data_accessed',
    resourceType: 'patient_record',
    resourceId: input.patient,
    subjectId: input.patient,
    fields: Object.keys(chart),
    rows: 1,
  }),
  findAppointments: (_input, found) =>
    found.map(({ id, patient: subjectId }) => ({
      action: 'data_accessed',
      resourceType: 'appointment',
      resourceId: id,
      subjectId,
      fields: ['day', 'time'],
      rows: 1,
    })),
  moveAppointment: ({ appointment }, moved) => ({
    action: 'data_modified',
    resourceType: 'appointment',
    resourceId: appointment,
    subjectId: moved.patient,
    fields: ['day'],
    change: 'moved',
    rows: 1,
  }),
  checkInteractions: () => ({
    action: 'data_accessed',
    resourceType: 'reference',
    resourceId: 'drug-interactions',
    classification: 'public',
    rows: 1,
  }),
  readBilling: () => null,
};
