import type { AnchorKind } from '@/lib/schema/proofs';
import { readAddresses } from './read-addresses';

/** What a place outside needs to be reached, by kind. Members are those of its config. */
export interface AnchorField {
  name: string;
  label: string;
  hint?: string;
  placeholder?: string;
  shape: 'line' | 'text' | 'number' | 'addresses';
  required: boolean;
  initial?: string;
}

export const ANCHOR_FIELDS: Record<AnchorKind, AnchorField[]> = {
  witness: [
    {
      name: 'url',
      label: 'Address',
      placeholder: 'https://witness.example.org/',
      hint: 'As tlog-witness has it, without add-checkpoint.',
      shape: 'line',
      required: true,
    },
    {
      name: 'vkey',
      label: 'Its verifier keys, one a line',
      placeholder: 'witness.example.org+1a2b3c4d+BA…',
      shape: 'text',
      required: true,
    },
  ],
  timestamp: [
    { name: 'url', label: 'Address', placeholder: 'https://tsa.example.org/', shape: 'line', required: true },
    {
      name: 'certificates',
      label: 'Certificates that are trusted (PEM)',
      hint: 'Its answers are checked against these.',
      shape: 'text',
      required: true,
    },
  ],
  webhook: [{ name: 'url', label: 'Address', placeholder: 'https://audit.example.org/checkpoints', shape: 'line', required: true }],
  object_lock: [
    {
      name: 'bucket',
      label: 'Bucket',
      hint: 'With Object Lock on. How to reach it stands in the environment.',
      shape: 'line',
      required: true,
    },
    { name: 'prefix', label: 'Prefix', placeholder: 'holdfast/', shape: 'line', required: false },
    { name: 'retain_days', label: 'Locked for (days)', shape: 'number', required: true, initial: '2557' },
  ],
  email: [
    {
      name: 'to',
      label: 'Addresses',
      placeholder: 'auditor@example.org',
      hint: 'Separate several by commas.',
      shape: 'addresses',
      required: true,
    },
  ],
};

/** How often, as it is proposed for each kind, in seconds. */
export const ANCHOR_EVERY: Record<AnchorKind, number> = { witness: 60, timestamp: 3600, webhook: 300, object_lock: 3600, email: 86_400 };

/** The config of a target from what was entered; empty fields are left out. */
export function readConfig(kind: AnchorKind, entered: Record<string, string>): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const { name, shape, initial = '' } of ANCHOR_FIELDS[kind]) {
    const value = (entered[name] ?? initial).trim();
    if (value === '') continue;
    config[name] = shape === 'number' ? Number(value) : shape === 'addresses' ? readAddresses(value) : value;
  }
  return config;
}
