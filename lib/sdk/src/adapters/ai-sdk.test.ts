import { generateText, stepCountIs, streamText, tool } from 'ai';
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AuditClient, createAuditClient } from '../client';
import { contentParts } from '../content-parts';
import type { Mode } from '../record';
import { redactPhi } from '../redact';
import { MisbehavingLedger } from '../testing/misbehaving-ledger';
import { auditAiSdk } from './ai-sdk';

let ledger: MisbehavingLedger;
beforeEach(async () => {
  ledger = new MisbehavingLedger();
  await ledger.start();
});
afterEach(() => ledger.stop());

const open = <M extends Mode>(mode: M): AuditClient<M> =>
  createAuditClient<M>({ url: ledger.url, key: ledger.key, agentName: 'clinic-assistant', lingerMs: 0, retryForMs: 50, mode });
const talk = { id: 'c-1', userId: 'dr-ito', classification: 'restricted' } as const;

const usage = { inputTokens: { total: 11, noCache: 11, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 7, text: 7, reasoning: 0 } };
const callsTool = {
  content: [{ type: 'tool-call', toolCallId: 'call-1', toolName: 'readChart', input: '{"patient":"P-1"}' }],
  finishReason: { unified: 'tool-calls', raw: 'tool_calls' },
  usage,
  warnings: [],
} as const;
const answers = {
  content: [{ type: 'text', text: 'No known allergies.' }],
  finishReason: { unified: 'stop', raw: 'stop' },
  usage,
  warnings: [],
} as const;
const script = () =>
  new MockLanguageModelV3({ modelId: 'script-1', doGenerate: [callsTool, answers].map((step) => structuredClone(step)) as never });

const readChart = (read: (patient: string) => { fields: string[] }) =>
  tool({ inputSchema: z.object({ patient: z.string() }), execute: async ({ patient }) => read(patient) });

async function ask(client: AuditClient<Mode>, chart: ReturnType<typeof readChart>, model = script()) {
  const conversation = client.conversation(talk);
  const audit = auditAiSdk(conversation, {
    promptVersion: 'v3',
    outcomeOf: (e) => (String(e).includes('not permitted') ? 'denied' : 'failure'),
  });
  const tools = audit.tools(
    { readChart: chart },
    {
      readChart: ({ patient }, { fields }) => ({
        action: 'data_accessed',
        resourceType: 'patient_record',
        resourceId: patient,
        subjectId: patient,
        fields,
        rows: 1,
      }),
    },
  );
  const generate = audit.generate(generateText);
  return generate({ model, tools, prompt: 'Any allergies?', stopWhen: stepCountIs(4) });
}

describe('generateText', () => {
  test('the message, the tool, the data it read and the answer are recorded in order, and no words', async () => {
    const client = open('observe');
    const result = await ask(
      client,
      readChart(() => ({ fields: ['allergies'] })),
    );
    expect(result.text).toBe('No known allergies.');
    await client.close();
    expect(ledger.stored.map((record) => record.action)).toEqual([
      'user_message_received',
      'tool_invoked',
      'data_accessed',
      'agent_response_generated',
    ]);
    expect(ledger.stored[0]?.details).toEqual({ length: 14 });
    expect(ledger.stored[1]?.details).toMatchObject({ tool: 'readChart', tool_call_id: 'call-1', arguments_length: 17, result_length: 24 });
    expect(ledger.stored[2]).toMatchObject({ resource_type: 'patient_record', resource_id: 'P-1', subject_id: 'P-1', outcome: 'success' });
    expect(ledger.stored[3]?.details).toMatchObject({
      length: 19,
      model: 'script-1',
      prompt_version: 'v3',
      tokens_in: 22,
      tokens_out: 14,
      finish_reason: 'stop',
    });
    expect(JSON.stringify(ledger.stored)).not.toMatch(/allergies\?|No known/);
  });

  test('a tool that was not allowed is recorded as denied, and the model hears of it as before', async () => {
    const client = open('strict');
    const model = script();
    await ask(
      client,
      readChart(() => {
        throw new Error('not permitted');
      }),
      model,
    );
    expect(ledger.stored[1]).toMatchObject({ action: 'tool_invoked', outcome: 'denied', details: { error: 'Error', result_length: 0 } });
    expect(JSON.stringify(model.doGenerateCalls[1]?.prompt)).toContain('not permitted');
    expect(ledger.stored.some((record) => record.action === 'data_accessed')).toBe(false);
  });

  test('a tool whose data nobody declared is recorded as unmapped', async () => {
    const client = open('strict');
    const conversation = client.conversation(talk);
    const audit = auditAiSdk(conversation);
    const tools = audit.tools({ readChart: readChart(() => ({ fields: [] })) });
    await audit.generate(generateText)({ model: script(), tools, prompt: 'Hi', stopWhen: stepCountIs(4) });
    expect(ledger.stored[1]?.details).toMatchObject({ tool: 'readChart', unmapped: true });
  });

  test('strict: without the receipt of an access no further step is taken and no answer is handed out', async () => {
    ledger.refuseItem = (record) => (record.action === 'data_accessed' ? { status: 422, code: 'required' } : null);
    const model = script();
    await expect(
      ask(
        open('strict'),
        readChart(() => ({ fields: [] })),
        model,
      ),
    ).rejects.toMatchObject({ code: 'required' });
    expect(model.doGenerateCalls).toHaveLength(1);
  });

  test('strict: without the receipt of the answer the answer is not handed out', async () => {
    ledger.refuseItem = (record) => (record.action === 'agent_response_generated' ? { status: 422, code: 'required' } : null);
    await expect(
      ask(
        open('strict'),
        readChart(() => ({ fields: [] })),
      ),
    ).rejects.toMatchObject({ code: 'required' });
  });

  test('observe: a ledger that refuses everything leaves the agent as it is', async () => {
    ledger.refuseItem = () => ({ status: 422, code: 'required' });
    const client = open('observe');
    expect(
      (
        await ask(
          client,
          readChart(() => ({ fields: [] })),
        )
      ).text,
    ).toBe('No known allergies.');
    await client.close();
  });

  test('an answer that never came is recorded as a failure, and its error is told', async () => {
    const client = open('strict');
    const model = new MockLanguageModelV3({ doGenerate: () => Promise.reject(new Error('provider away')) });
    await expect(
      ask(
        client,
        readChart(() => ({ fields: [] })),
        model,
      ),
    ).rejects.toThrow('provider away');
    expect(ledger.stored.at(-1)).toMatchObject({ action: 'agent_response_generated', outcome: 'failure', details: { length: 0 } });
  });
});

describe('content', () => {
  test('words go along where they are asked for, redacted where that is asked for, and only then', async () => {
    const { url, key } = ledger;
    const client = createAuditClient({ url, key, agentName: 'clinic-assistant', mode: 'strict', lingerMs: 0, redact: redactPhi() });
    const audit = auditAiSdk(client.conversation(talk), { content: true });
    const tools = audit.tools({ readChart: readChart(() => ({ fields: ['allergies'] })) });
    await audit.generate(generateText)({ model: script(), tools, prompt: 'Any allergies of jane@example.org?', stopWhen: stepCountIs(4) });
    expect(ledger.stored.map((record) => record.content)).toEqual([
      [{ part: 'prompt', text: 'Any allergies of [email]?' }],
      [
        { part: 'tool_arguments', text: '{"patient":"P-1"}' },
        { part: 'tool_result', text: '{"fields":["allergies"]}' },
      ],
      [{ part: 'response', text: 'No known allergies.' }],
    ]);
  });

  test('a text that is longer than a part is cut into parts, and no character in two', () => {
    const text = `a${'😀'.repeat(400_000)}`;
    const parts = contentParts('response', text);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    for (const part of parts) {
      expect(new TextEncoder().encode(part.text).length).toBeLessThanOrEqual(1_048_576);
      expect(part.text.isWellFormed()).toBe(true);
    }
    expect(contentParts('response', '')).toEqual([]);
  });
});

describe('streamText', () => {
  test('a stream is recorded when it has ended, and the words flow as before', async () => {
    const client = open('strict');
    const audit = auditAiSdk(client.conversation(talk));
    const model = new MockLanguageModelV3({
      modelId: 'script-1',
      doStream: {
        stream: simulateReadableStream({
          chunks: [
            { type: 'text-start', id: 't' },
            { type: 'text-delta', id: 't', delta: 'Good ' },
            { type: 'text-delta', id: 't', delta: 'morning' },
            { type: 'text-end', id: 't' },
            { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
          ],
        }),
      },
    });
    const messages = [
      { role: 'user', content: 'earlier' },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
    ] as const;
    const stream = streamText(audit.options({ model, messages: structuredClone(messages) as never }));
    expect(await stream.text).toBe('Good morning');
    audit.check();
    await client.close();
    expect(ledger.stored.map((record) => [record.action, record.details?.length])).toEqual([
      ['user_message_received', 5],
      ['agent_response_generated', 12],
    ]);
  });
});

describe('tools', () => {
  test('preliminary results pass through', async () => {
    const client = open('strict');
    const audit = auditAiSdk(client.conversation(talk));
    const { search } = audit.tools({
      search: {
        execute: async function* (_input: { words: string }) {
          yield 'one';
          yield 'two';
        },
      },
    });
    const seen: unknown[] = [];
    for await (const part of search.execute({ words: 'x' })) seen.push(part);
    expect(seen).toEqual(['one', 'two']);
    expect(ledger.stored.map((record) => record.details?.result_length)).toEqual([5]);
  });
});
