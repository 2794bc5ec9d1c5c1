import { type AuditRecord, Conversation } from '../sdk/src/index';
import { fillTemplate, seededId } from './demo-record';
import { Random } from './random';
import type { Office, Permit, Scenario, ToolUse, Turn } from './script';
import type { InForce } from './tell-history';
import { speak } from './words';

/** What happens to a conversation beside its script. */
export interface Fate {
  /** Nobody ends it. */
  leftOpen: boolean;
  /** How many records, in its middle, never arrive. */
  lost: number;
}

/** Plays one conversation through the SDK and returns the records that would arrive, in order, none later than `now`. */
export function playConversation(
  office: Office,
  scenario: Scenario,
  begun: number,
  now: number,
  fate: Fate,
  inForce: InForce,
  seed: string,
): AuditRecord[] {
  return new Play(office, scenario, begun, inForce, new Random(seed), new Random(`${seed}/${now}`))
    .run(fate)
    .filter((record) => Date.parse(record.timestamp) <= now);
}

class Play {
  #time: number;
  readonly #records: AuditRecord[] = [];
  readonly #conversation: Conversation<'observe'>;
  readonly #subject: string;
  readonly #permitted = new Set<string>();
  #calls = 0;
  #turns = 0;

  constructor(
    private readonly office: Office,
    private readonly scenario: Scenario,
    begun: number,
    private readonly inForce: InForce,
    private readonly random: Random,
    ids: Random,
  ) {
    this.#time = begun;
    const { prefix, first, count } = office.subjects;
    // Squared: a few people are seen often, most seldom.
    this.#subject = `${prefix}${first + Math.floor(random.next() ** 2 * count)}`;
    const about = scenario.aboutSomeone === false ? {} : { subjectId: this.#subject };
    const { channel, purpose, classification, domains } = scenario;
    const userId = scenario.by === 'subject' ? `portal:${this.#subject}` : random.pick(office.people[scenario.by] ?? ['unknown']);
    const id = `${office.key}-${seededId(begun, ids)}`;
    this.#conversation = new Conversation(
      { id, userId, channel, purpose, classification, domains, ...about },
      {
        agentName: office.agentName,
        mode: 'observe',
        now: () => this.#time,
        newId: () => seededId(this.#time, ids),
        send: async (record) => {
          this.#records.push(record);
          return null;
        },
      },
    );
  }

  run({ leftOpen, lost }: Fate): AuditRecord[] {
    const { random } = this;
    void this.#conversation.started({ title: this.scenario.title });
    const language = random.pick(this.office.languages);
    for (const turn of this.scenario.turns) {
      if (random.chance(turn.chance ?? 1)) this.#turn(turn, language, this.#turns++);
    }
    if (!leftOpen) {
      this.#wait([4_000, 90_000]);
      const reason = random.weighted(['completed', 'handed_to_human', 'user_left', 'idle_timeout'], (each) =>
        each === 'completed' ? 12 : 1,
      );
      if (reason === 'idle_timeout') this.#wait([900_000, 900_000]);
      void this.#conversation.ended({ reason });
    }
    // Never the first or the last: only a number between two others shows as missing.
    if (lost > 0) this.#records.splice(random.between([1, Math.max(1, this.#records.length - lost - 1)]), lost);
    return this.#records;
  }

  #wait(milliseconds: readonly [number, number]): void {
    this.#time += this.random.between(milliseconds);
  }

  /** What is said, in English; what is said otherwise the office keeps to itself. */
  #words(turn: number, speaker: 'asks' | 'answers', language: string): string | null {
    if (language !== 'en') return null;
    return speak(this.office.words, this.scenario.title, turn, speaker, this.#subject, `${this.scenario.title}/${this.#conversation.id}`);
  }

  #turn({ says, uses, answers }: Turn, language: string, turn: number): void {
    const { random } = this;
    this.#wait([6_000, 110_000]);
    const told = random.between(says);
    const asked = this.#words(turn, 'asks', language);
    void this.#conversation.userMessage({
      length: asked?.length ?? told,
      language,
      ...(asked !== null && { content: [{ part: 'prompt', text: asked }] }),
    });
    const begun = this.#time;
    this.#wait([400, 1_800]);
    for (const each of uses) {
      if (!random.chance(each.chance ?? 1)) continue;
      if ('permit' in each) this.#permit(each);
      else this.#use(each);
    }
    const drawn = random.between(answers);
    const said = this.#words(turn, 'answers', language);
    const length = said?.length ?? drawn;
    this.#wait([600 + length, 1_800 + length * 4]);
    void this.#conversation.response({
      length,
      model: this.inForce.model(this.#time),
      promptVersion: this.inForce.prompt(this.#time),
      tokensIn: random.between([700, 2_400]) + uses.length * random.between([150, 900]),
      tokensOut: Math.ceil(length / 4.2),
      latencyMs: this.#time - begun,
      finishReason: random.chance(0.985) ? 'stop' : 'length',
      ...(said !== null && { content: [{ part: 'response', text: said }] }),
    });
  }

  #use(use: ToolUse): void {
    const { random } = this;
    const toolCallId = `call_${++this.#calls}_${random.hex(6)}`;
    const started = new Date(this.#time).toISOString();
    const allowed =
      use.needs === undefined ||
      use.touches.some((touch) => this.#permitted.has(touch.type)) ||
      this.inForce.grant(use.needs, this.#time) !== null;
    const outcome = !allowed ? 'denied' : random.chance(use.fails ?? 0) ? 'failure' : 'success';
    const durationMs = outcome === 'denied' ? random.between([3, 30]) : random.between(use.takes);
    this.#time += durationMs;
    const resultLength = outcome === 'success' ? random.between(use.result) : 0;
    const call = { tool: use.tool, toolCallId };
    void this.#conversation.toolInvoked({
      ...call,
      timestamp: started,
      outcome,
      argumentsLength: random.between(use.arguments),
      resultLength,
      durationMs,
    });
    for (const touch of use.touches) {
      const rows = outcome === 'success' ? random.between(touch.rows ?? [1, 1]) : 0;
      const data = {
        ...call,
        resourceType: touch.type,
        resourceId: this.#resource(touch.id),
        fields: touch.fields,
        rows,
        outcome,
        ...(touch.classification ? { classification: touch.classification } : {}),
      } as const;
      if (touch.does === 'reads') void this.#conversation.dataAccessed(data);
      else void this.#conversation.dataModified({ ...data, change: touch.change ?? 'changed' });
    }
    this.#wait([200, 1_400]);
  }

  #permit({ permit, approvers, reason, type, id }: Permit): void {
    const { random } = this;
    this.#wait([20_000, 400_000]);
    const grantId = `grant-${this.office.key}-${random.hex(8)}`;
    const approver = random.pick(this.office.people[approvers] ?? ['unknown']);
    const requester = this.#conversation.options.userId;
    const expiresAt = new Date(this.#time + 3_600_000).toISOString();
    void this.#conversation.accessGranted({
      grantId,
      scope: permit,
      requester,
      approver,
      reason,
      expiresAt,
      resourceType: type,
      resourceId: this.#resource(id),
    });
    this.#permitted.add(type);
    this.#wait([800, 3_000]);
  }

  #resource(template: string): string {
    return fillTemplate(template, this.#subject, new Random(`${template}/${this.#subject}`));
  }
}
