import { expect } from 'playwright/test';
import type { DestructionDto } from '@/lib/schema/destruction';
import { storeConversation } from './agent';
import type { Officer } from './officer';
import { callAs } from './people';

/** Conversations whose time is over, and their destruction as two compliance officers bring it about. */

const OLD = '2020-03-01T12:00:00.000Z';

/** A conversation of 2020, whose minimum is over, with words. @returns its id */
export async function oldTalk(name: string, records = 4): Promise<string> {
  const talk = `gone-${name}-${Date.now()}`;
  await storeConversation(
    talk,
    Array.from({ length: records }, (_, i) => ({
      timestamp: OLD,
      action: 'agent_response_generated',
      subject_id: `P-${talk}`,
      agent_seq: i + 1,
      content: [{ part: 'response', text: `Answer ${i + 1}` }],
    })),
  );
  // What is taken away has to be counted and covered by a checkpoint first.
  await expect
    .poll(async () => {
      const { found } = (await (
        await callAs('compliance_officer', '/api/v1/destructions/preview', { body: { scope: { kind: 'conversation', value: talk } } })
      ).json()) as { found: { due: number } };
      return found.due;
    })
    .toBe(records);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  return talk;
}

export async function askFor(talk: string): Promise<DestructionDto> {
  const answer = await callAs('compliance_officer', '/api/v1/destructions', {
    body: { scope: { kind: 'conversation', value: talk }, authority: 'Retention schedule 4.2', reason: 'Its time is over' },
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as DestructionDto;
}

export const destructionOf = async (id: string) => (await (await callAs('auditor', `/api/v1/destructions/${id}`)).json()) as DestructionDto;

/** Once it is over, whatever came of it. */
export async function settled(id: string): Promise<DestructionDto> {
  await expect.poll(async () => (await destructionOf(id)).state, { timeout: 60_000 }).toMatch(/^(done|pending_objects|failed)$/);
  return destructionOf(id);
}

/** Asked for, approved by the other, carried out and certified. */
export async function destroyTalk(talk: string, second: Officer): Promise<DestructionDto> {
  const { id, number } = await askFor(talk);
  expect((await second.call(`/api/v1/destructions/${id}/approve`, { body: { confirm: number } })).status).toBe(200);
  return settled(id);
}
