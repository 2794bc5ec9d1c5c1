import type { AgentAction, Classification } from '../../schema/vocabulary';
import { type ActionInput, actorOf, describeAction } from './actions';
import type { AuditRecord, Mode, ReceiptIn } from './record';

export interface ConversationOptions {
  /** Made (a UUIDv7) when left out. */
  id?: string;
  /** Who talks with the agent; also on whose behalf it acts. */
  userId: string;
  /** The person whom the data is about, where that is known from the start. */
  subjectId?: string;
  channel?: string;
  purpose?: string;
  classification: Classification;
  domains?: readonly string[];
  /** The number of the next record, for an agent that takes a conversation up again. */
  nextSeq?: number;
}

/** Where a conversation's records go, and what it cannot know by itself. */
export interface RecordSink<M extends Mode> {
  agentName: string;
  mode: M;
  newId(): string;
  now(): number;
  send(record: AuditRecord): Promise<ReceiptIn<M>>;
}

/**
 * One conversation. Numbers its records from 1 in the order of the calls (`agent_seq`), so that a record that never arrives
 * shows as a gap. In `observe` mode do not await the methods; in `strict` always do.
 */
export class Conversation<M extends Mode = Mode> {
  readonly id: string;
  readonly options: Readonly<ConversationOptions>;
  readonly #sink: RecordSink<M>;
  #nextSeq: number;
  #turns = 0;
  #hasEnded = false;

  constructor(options: ConversationOptions, sink: RecordSink<M>) {
    this.id = options.id ?? sink.newId();
    this.options = { ...options };
    this.#sink = sink;
    this.#nextSeq = options.nextSeq ?? 1;
  }

  get mode(): M {
    return this.#sink.mode;
  }
  get hasEnded(): boolean {
    return this.#hasEnded;
  }
  /** User messages recorded so far. */
  get turns(): number {
    return this.#turns;
  }
  /** The number that the next record will carry: keep it to take the conversation up again in another process. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  started(input: ActionInput<'conversation_started'> = {}): Promise<ReceiptIn<M>> {
    const { channel } = this.options;
    return this.#record('conversation_started', { ...(channel === undefined ? {} : { channel }), ...input });
  }
  userMessage(input: ActionInput<'user_message_received'>): Promise<ReceiptIn<M>> {
    this.#turns += 1;
    return this.#record('user_message_received', input);
  }
  response(input: ActionInput<'agent_response_generated'>): Promise<ReceiptIn<M>> {
    return this.#record('agent_response_generated', input);
  }
  toolInvoked(input: ActionInput<'tool_invoked'>): Promise<ReceiptIn<M>> {
    return this.#record('tool_invoked', { outcome: 'success', ...input });
  }
  dataAccessed(input: ActionInput<'data_accessed'>): Promise<ReceiptIn<M>> {
    return this.#record('data_accessed', { outcome: 'success', ...input });
  }
  dataModified(input: ActionInput<'data_modified'>): Promise<ReceiptIn<M>> {
    return this.#record('data_modified', { outcome: 'success', ...input });
  }
  promptChanged(input: ActionInput<'prompt_changed'>): Promise<ReceiptIn<M>> {
    return this.#record('prompt_changed', input);
  }
  modelChanged(input: ActionInput<'model_changed'>): Promise<ReceiptIn<M>> {
    return this.#record('model_changed', input);
  }
  accessGranted(input: ActionInput<'access_granted'>): Promise<ReceiptIn<M>> {
    return this.#record('access_granted', input);
  }
  accessRevoked(input: ActionInput<'access_revoked'>): Promise<ReceiptIn<M>> {
    return this.#record('access_revoked', input);
  }
  ended(input: ActionInput<'conversation_ended'>): Promise<ReceiptIn<M>> {
    this.#hasEnded = true;
    return this.#record('conversation_ended', { turns: this.#turns, ...input });
  }

  #record<A extends AgentAction>(action: A, input: ActionInput<A>): Promise<ReceiptIn<M>> {
    const { userId, subjectId, purpose, classification, domains } = this.options;
    const { agentName } = this.#sink;
    // The number is taken now, not when it is sent: the order of the calls is the order that counts.
    const agentSeq = this.#nextSeq;
    this.#nextSeq += 1;
    return this.#sink.send({
      id: this.#sink.newId(),
      timestamp: new Date(this.#sink.now()).toISOString(),
      actor_id: agentName,
      actor_type: 'agent',
      ...actorOf(action, input, { agentName, userId }),
      agent_name: agentName,
      conversation_id: this.id,
      data_classification: classification,
      ...(subjectId === undefined ? {} : { subject_id: subjectId }),
      ...(purpose === undefined ? {} : { purpose }),
      ...(domains === undefined || domains.length === 0 ? {} : { domains: [...new Set(domains)].sort() }),
      ...describeAction(action, input),
      agent_seq: agentSeq,
    });
  }
}
