import { describe, expect, test } from 'vitest';
import { RecordInput } from '../schema/record';
import { LIMITS, RESOURCE_ID } from '../schema/vocabulary';
import type { AuditRecord } from '../sdk/src/index';
import { buildDemo, OFFICES } from './build-demo';
import { historyStart } from './pick-times';

const now = new Date('2026-11-18T15:20:00.000Z');
const records = buildDemo(now);
/** What lies before the eight months. */
const pilot = records.filter(({ timestamp }) => Date.parse(timestamp) < historyStart(now.getTime()));
const conversations = groupBy(
  records.filter((record) => record.conversation_id !== undefined),
  (record) => record.conversation_id,
);
function groupBy(list: readonly AuditRecord[], key: (record: AuditRecord) => string | undefined): Map<string, AuditRecord[]> {
  const groups = new Map<string, AuditRecord[]>();
  for (const record of list) groups.set(key(record) ?? '', [...(groups.get(key(record) ?? '') ?? []), record]);
  return groups;
}
const of = (action: AuditRecord['action']) => records.filter((record) => record.action === action);

describe('the demo as a whole', () => {
  test('the same seed and moment tell the same history to the byte; another moment or seed shares no id with it', () => {
    expect(JSON.stringify(buildDemo(now))).toBe(JSON.stringify(records));
    const ids = new Set(records.map((record) => record.id));
    expect(ids.size).toBe(records.length);
    for (const other of [buildDemo(new Date(now.getTime() + 1_000)), buildDemo(now, 'another')]) {
      expect(other.filter((record) => ids.has(record.id))).toEqual([]);
    }
  });

  test('every record is one that the API takes', () => {
    for (const record of records) {
      expect(RecordInput.parse(record)).toEqual(record);
      expect(JSON.stringify(record).length).toBeLessThan(LIMITS.recordBytes / 10);
    }
  });

  test('it is chronological, begins eight months ago behind a trial of two years ago, and ends now', () => {
    const times = records.map((record) => record.timestamp);
    expect([...times].sort()).toEqual(times);
    expect(pilot.every(({ agent_name }) => agent_name === 'law-office')).toBe(true);
    const days = pilot.map(({ timestamp }) => (now.getTime() - Date.parse(timestamp)) / 86_400_000);
    // Past the two years that the demo's policies keep what is about people.
    expect([Math.min(...days) > 733, Math.max(...days) < 772]).toEqual([true, true]);
    expect(pilot.length).toBeGreaterThan(80);
    expect(pilot.length).toBeLessThan(400);
    expect(now.getTime() - Date.parse(times.at(-1) ?? '')).toBeLessThan(10 * 60_000);
    expect(Date.parse(times.at(-1) ?? '')).toBeLessThanOrEqual(now.getTime());
  });

  test('it is as large as was meant', () => {
    expect(records.length).toBeGreaterThan(6_000);
    expect(records.length).toBeLessThan(8_000);
    expect(conversations.size).toBeGreaterThan(440);
    expect(conversations.size).toBeLessThan(510);
  });

  test('what was said stands in content alone, as long as its record says, and every scenario and prompt version has words', () => {
    const spoken = records.filter((record) => record.content !== undefined);
    for (const record of spoken) {
      expect(record.content).toHaveLength(1);
      expect(record.details?.length).toBe(record.content?.[0]?.text.length);
    }
    expect(new Set(spoken.map((record) => record.action))).toEqual(
      new Set(['user_message_received', 'agent_response_generated', 'prompt_changed']),
    );
    const english = of('user_message_received').filter((record) => record.details?.language === 'en');
    expect(english.every((record) => record.content !== undefined)).toBe(true);
    for (const agent of ['clinic-assistant', 'claims-desk', 'law-office']) {
      const texts = new Map<unknown, Set<unknown>>();
      for (const record of of('prompt_changed').filter((one) => one.agent_name === agent))
        texts.set(record.details?.version, (texts.get(record.details?.version) ?? new Set()).add(record.content?.[0]?.text));
      expect([...texts.values()].every((of) => of.size === 1)).toBe(true);
      expect(new Set([...texts.values()].map((of) => [...of][0])).size).toBe(texts.size);
      expect(texts.size).toBeGreaterThan(3);
    }
  });

  test('details are labels, numbers and lists of labels', () => {
    for (const record of records) {
      for (const value of Object.values(record.details ?? {})) {
        const labels = Array.isArray(value) ? value : [value];
        for (const label of labels) expect(typeof label === 'number' || (typeof label === 'string' && label.length <= 80)).toBe(true);
      }
    }
  });

  test('all actions, classifications, outcomes and domains occur', () => {
    expect(new Set(records.map((record) => record.action)).size).toBe(11);
    expect(new Set(records.map((record) => record.data_classification)).size).toBe(4);
    expect(new Set(records.map((record) => record.outcome))).toEqual(new Set([undefined, 'success', 'failure', 'denied']));
    expect(new Set(records.flatMap((record) => record.domains ?? []))).toEqual(new Set(['hipaa', 'financial', 'pci-dss', 'gdpr', 'soc2']));
  });

  test('weekends are quiet', () => {
    const onWeekend = of('conversation_started').filter((record) =>
      [0, 6].includes(new Date(Date.parse(record.timestamp) - 5 * 3_600_000).getUTCDay()),
    );
    expect(onWeekend.length / of('conversation_started').length).toBeLessThan(0.12);
  });
});

describe('conversations', () => {
  test('numbers ascend in each, and only those with lost records have gaps: three in each office', () => {
    const withGaps = new Map<string, number>();
    for (const list of conversations.values()) {
      const numbers = list.map((record) => record.agent_seq ?? 0);
      expect(numbers[0]).toBe(1);
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      const agent = list[0]?.agent_name ?? '';
      if (numbers.at(-1) !== numbers.length) withGaps.set(agent, (withGaps.get(agent) ?? 0) + 1);
    }
    expect(Object.fromEntries(withGaps)).toEqual({ 'clinic-assistant': 3, 'claims-desk': 3, 'law-office': 3 });
  });

  test('a few were left open, long ago and just now', () => {
    const open = [...conversations.values()].filter((list) => !list.some((record) => record.action === 'conversation_ended'));
    expect(open.length).toBeGreaterThan(8);
    expect(open.length).toBeLessThan(30);
    expect(open.some((list) => now.getTime() - Date.parse(list.at(-1)?.timestamp ?? '') < 600_000)).toBe(true);
  });

  test('a resource of a person keeps its id from one conversation to the next', () => {
    const policies = records.filter((record) => record.resource_type === 'claim' && record.resource_id !== 'search');
    const perPerson = groupBy(policies, (record) => record.subject_id);
    for (const list of perPerson.values()) expect(new Set(list.map((record) => record.resource_id)).size).toBe(1);
    expect(records.every((record) => record.resource_id === undefined || RESOURCE_ID.test(record.resource_id))).toBe(true);
  });

  test('an answer names the prompt and the model in force when it was given', () => {
    for (const { agentName } of OFFICES) {
      let prompt: unknown;
      let model: unknown;
      // Of the trial nobody recorded them.
      for (const record of records.filter((each) => each.agent_name === agentName && !pilot.includes(each))) {
        if (record.action === 'prompt_changed') prompt = record.details?.version;
        if (record.action === 'model_changed') model = record.details?.model;
        if (record.action !== 'agent_response_generated') continue;
        expect([record.details?.prompt_version, record.details?.model]).toEqual([prompt, model]);
      }
    }
  });
});

describe('grants', () => {
  test('some expire, some are revoked, and exactly one was approved by the one who asked', () => {
    expect(of('access_granted').filter((record) => record.details?.expires_at !== undefined).length).toBeGreaterThan(5);
    expect(of('access_revoked').length).toBe(3);
    const granted = new Set(of('access_granted').map((record) => record.details?.grant_id));
    for (const record of of('access_revoked')) expect(granted).toContain(record.details?.grant_id);
    const own = of('access_granted').filter((record) => record.details?.requester === record.details?.approver);
    expect(own.map((record) => record.actor_id)).toEqual(['dr-voss']);
  });

  test('what needs a grant is denied before it, after its end and after its revocation, and never otherwise', () => {
    for (const [type, agent] of [
      ['invoice', 'clinic-assistant'],
      ['bank_account', 'claims-desk'],
      ['therapy_note', 'clinic-assistant'],
    ]) {
      const mine = records.filter((record) => record.agent_name === agent && record.resource_type === type);
      const revoked = new Map(mine.filter((r) => r.action === 'access_revoked').map((r) => [r.details?.grant_id, r.timestamp]));
      const spans = mine
        .filter((record) => record.action === 'access_granted')
        .map((record) => [record.timestamp, revoked.get(record.details?.grant_id) ?? String(record.details?.expires_at)] as const);
      const uses = mine.filter((record) => record.action === 'data_accessed');
      expect(uses.some((record) => record.outcome === 'denied')).toBe(true);
      expect(uses.some((record) => record.outcome === 'success')).toBe(true);
      for (const record of uses) {
        const held = spans.some(([from, until]) => from <= record.timestamp && record.timestamp < until);
        expect(record.outcome === 'denied', `${record.timestamp} ${type}`).toBe(!held);
      }
    }
  });
});
