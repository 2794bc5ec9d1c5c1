import { randomUUID } from 'node:crypto';
import type { Receipt } from '@/lib/schema/record';
import { agentRecord } from './agent-record';
import type { LedgerLine } from './read-sound-ledger';

/** Many senders that send one record after another, each under the same id until it is acknowledged, as the SDK does. */
export interface Load {
  /** By id: the receipts, in the order in which they came. */
  acked: Map<string, Receipt>;
  /** How often each status was answered; `network` where no answer came. */
  answers: Map<string, number>;
  /** Answers that no sender could act upon: neither a receipt nor a known refusal. */
  strange: string[];
  /** Waits until so many more were acknowledged. */
  more(count: number): Promise<void>;
  /** Lets every sender finish what it has begun. */
  stop(): Promise<void>;
  /** Lets every sender go, whether its last record was acknowledged or not. */
  abandon(): Promise<void>;
}

export function postLoad(
  urls: readonly string[],
  key: string,
  senders: number,
  agentName = 'triage',
  words?: (turn: number) => string,
): Load {
  const load = { acked: new Map<string, Receipt>(), answers: new Map<string, number>(), strange: [] as string[] };
  let stopping = false;
  let abandoned = false;
  const count = (answer: string) => load.answers.set(answer, (load.answers.get(answer) ?? 0) + 1);

  async function sender(number: number): Promise<void> {
    for (let turn = number; !stopping; turn++) {
      const record = agentRecord({ id: randomUUID(), agent_name: agentName, conversation_id: `sender-${number % 9}`, details: { number } });
      if (words !== undefined) record.content = [{ part: 'response', text: words(turn) }];
      for (let attempt = 0; !abandoned; attempt++) {
        const answer = await post(`${urls[(turn + attempt) % urls.length]}/api/v1/records`, JSON.stringify(record));
        if (answer === null) {
          count('network');
          await pause(20);
          continue;
        }
        count(`${answer.status} ${answer.body.code ?? ''}`.trim());
        if (answer.status === 200 || answer.status === 201) {
          load.acked.set(record.id, answer.body as unknown as Receipt);
          break;
        }
        if (answer.status !== 503) load.strange.push(`${answer.status} ${JSON.stringify(answer.body)}`);
        await pause(20);
      }
    }
  }
  async function post(url: string, body: string) {
    try {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(20_000) });
      return { status: response.status, body: (await response.json()) as { code?: string } };
    } catch {
      return null;
    }
  }
  const all = Array.from({ length: senders }, (_, number) => sender(number));
  return {
    ...load,
    async more(wanted) {
      const target = load.acked.size + wanted;
      while (load.acked.size < target) await pause(5);
    },
    async stop() {
      stopping = true;
      await Promise.all(all);
    },
    async abandon() {
      stopping = true;
      abandoned = true;
      await Promise.all(all);
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What an acknowledgement is worth. @throws Error for the first that is not kept. */
export function assertAckedIsThere(acked: ReadonlyMap<string, Receipt>, lines: readonly LedgerLine[]): void {
  const there = new Map(lines.map((line) => [line.id, line]));
  for (const [id, receipt] of acked) {
    const line = there.get(id);
    if (!line) throw new Error(`${id} was acknowledged as ${receipt.seq} and is not there`);
    if (line.seq !== receipt.seq || line.integrityHash !== receipt.integrity_hash || line.conversationSeq !== receipt.conversation_seq)
      throw new Error(`${id} was acknowledged as ${receipt.seq} ${receipt.integrity_hash} and stands as ${line.seq} ${line.integrityHash}`);
  }
}
