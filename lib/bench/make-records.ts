import type { RecordInput } from '@/lib/schema/record';
import { AGENT_ACTIONS, CLASSIFICATIONS } from '@/lib/schema/vocabulary';

/** mulberry32: small, fast, the same sequence for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const RESOURCES = ['patient_record', 'claim', 'policy', 'contract', 'invoice', 'account', 'case_file', 'lab_result'];
const hex = (value: number, width: number) => value.toString(16).padStart(width, '0');

/**
 * Believable records whose body has about 690 bytes: conversations of some twenty records that run side by side, five thousand users, a hundred
 * thousand resources. Ids are UUIDv7, as the SDK makes them.
 */
export function makeRecords(count: number, seed: number): RecordInput[] {
  const next = random(seed);
  const start = Date.UTC(2026, 0, 1);
  const numbers = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const ms = start + i * 137 + Math.floor(next() * 100);
    const conversation = Math.max(0, Math.floor(i / 20) - Math.floor(next() * 50));
    const time = hex(ms, 12);
    const number = (numbers.get(conversation) ?? 0) + 1;
    numbers.set(conversation, number);
    return {
      id: `${time.slice(0, 8)}-${time.slice(8)}-7${hex(Math.floor(next() * 4096), 3)}-8${hex(seed & 0xfff, 3)}-${hex(Math.floor(next() * 2 ** 40), 10)}${hex(i & 0xff, 2)}`,
      timestamp: new Date(ms).toISOString(),
      action: AGENT_ACTIONS[Math.floor(next() * AGENT_ACTIONS.length)],
      actor_id: `user_${hex(Math.floor(next() * 5000), 8)}`,
      actor_type: next() < 0.6 ? 'agent' : 'user',
      agent_name: `agent-${Math.floor(next() * 6)}`,
      conversation_id: `conv_${seed}_${hex(conversation, 10)}`,
      data_classification: CLASSIFICATIONS[Math.floor(next() * next() * 4)],
      resource_type: RESOURCES[Math.floor(next() * RESOURCES.length)],
      resource_id: `res_${hex(Math.floor(next() * 100_000), 10)}`,
      ...(next() < 0.5 ? { subject_id: `P-${Math.floor(next() * 20_000)}` } : {}),
      outcome: next() < 0.97 ? 'success' : 'denied',
      details: {
        tool: 'lookup',
        tool_call_id: `call_${hex(i, 8)}`,
        tokens: Math.floor(next() * 4000),
        latency_ms: Math.round(next() * 1e5) / 100,
        fields: ['name', 'allergies'],
      },
      agent_seq: number,
    } as RecordInput;
  });
}
