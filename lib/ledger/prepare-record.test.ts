import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { normaliseTimestamp, RecordInput } from '@/lib/schema/record';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { anyAgentRecord } from '@/lib/testing/any-agent-record';
import { prepareAgentRecord } from './prepare-record';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'sdk' } as const;

describe('the body that is written member by member', () => {
  it('is the canonical form of the whole record, and its digest that of what was sent, for any record', () => {
    fc.assert(
      fc.property(anyAgentRecord('triage'), (sent) => {
        expect(RecordInput.safeParse(sent).success).toBe(true);
        const submitted = hash('sha256', canonicalize(sent as unknown as JsonValue), 'hex');
        const whole = {
          ...sent,
          ...(sent.domains === undefined ? {} : { domains: [...new Set(sent.domains)].sort() }),
          timestamp: normaliseTimestamp(sent.timestamp),
          source: SOURCE,
          submitted,
          v: 1,
        };
        const prepared = prepareAgentRecord(sent, SOURCE);
        expect(prepared.body.toString()).toBe(canonicalize(whole as unknown as JsonValue));
        expect(prepared.submitted.toString('hex')).toBe(submitted);
      }),
      { numRuns: 300 },
    );
  });

  it('holds what the server keeps otherwise in place of what was sent, whose digest stays that of what was sent', () => {
    const kept = fc.record(
      {
        data_classification: fc.constantFrom(...CLASSIFICATIONS),
        domains: fc.array(fc.constantFrom('soc2', 'hipaa', 'gdpr'), { minLength: 1 }),
        details: fc.dictionary(fc.constantFrom('registry', 'tool', 'note'), fc.string()) as fc.Arbitrary<Record<string, unknown>>,
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(anyAgentRecord('triage'), kept, (sent, kept) => {
        const submitted = hash('sha256', canonicalize(sent as unknown as JsonValue), 'hex');
        const domains = kept.domains ?? sent.domains;
        const whole = {
          ...sent,
          ...kept,
          ...(domains && { domains: [...new Set(domains)].sort() }),
          timestamp: normaliseTimestamp(sent.timestamp),
          source: SOURCE,
          submitted,
          v: 1,
        };
        const prepared = prepareAgentRecord(sent, SOURCE, kept);
        expect(prepared.body.toString()).toBe(canonicalize(whole as unknown as JsonValue));
        expect(prepared.submitted.toString('hex')).toBe(submitted);
        expect(prepared.classification).toBe(CLASSIFICATIONS.indexOf(whole.data_classification));
      }),
      { numRuns: 200 },
    );
  });

  it('says the same as the columns that are kept beside it, for any record', () => {
    fc.assert(
      fc.property(anyAgentRecord('triage'), (sent) => {
        const { body, submitted: _, occurredAt, classification, ...columns } = prepareAgentRecord(sent, SOURCE);
        const read = JSON.parse(body.toString());
        expect(columns).toEqual({
          id: read.id,
          action: read.action,
          actorId: read.actor_id,
          actorType: read.actor_type,
          conversationId: read.conversation_id ?? null,
          agentName: read.agent_name,
          resourceType: read.resource_type ?? null,
          resourceId: read.resource_id ?? null,
          subjectId: read.subject_id ?? null,
          outcome: read.outcome ?? null,
          agentSeq: read.agent_seq ?? null,
          tool: typeof read.details?.tool === 'string' && /^[ -~]{1,128}$/.test(read.details.tool) ? read.details.tool : null,
          model: typeof read.details?.model === 'string' && /^[ -~]{1,128}$/.test(read.details.model) ? read.details.model : null,
          domains: read.domains?.join(',') ?? null,
          phi: read.details?.contains_phi === true,
        });
        expect(new Date(occurredAt).toISOString()).toBe(read.timestamp);
        expect(CLASSIFICATIONS[classification!]).toBe(read.data_classification);
      }),
      { numRuns: 100 },
    );
  });
});
