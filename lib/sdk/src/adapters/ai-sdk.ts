import type { Outcome } from '../../../schema/vocabulary';
import { contentParts } from '../content-parts';
import type { Conversation } from '../conversation';
import type { Mode } from '../record';
import { auditTool, type ToolLike, type ToolSettings, type Touches } from './audit-tool';

/**
 * Adapter for the Vercel AI SDK, versions 5 and 6. It imports nothing from `ai`: shapes are read structurally, so that the
 * SDK carries no dependency and one build serves several versions.
 */
export interface AiSdkSettings extends ToolSettings {
  promptVersion?: string;
  language?: string;
}

/** For each tool, which data a call read or changed. */
export type AiSdkTouches<T> = { [K in keyof T]?: Touches<T[K]> };

/** What generateText and streamText have in common, as far as it is read here. */
interface CallOptions {
  prompt?: unknown;
  messages?: unknown;
  prepareStep?: (step: unknown) => unknown;
  experimental_prepareStep?: (step: unknown) => unknown;
  onFinish?: (event: FinishEvent) => unknown;
}
interface FinishEvent {
  text?: string;
  finishReason?: string;
  totalUsage?: { inputTokens?: number; outputTokens?: number };
  response?: { modelId?: string };
}

/**
 * Audits one conversation's calls of the AI SDK: the user's message, each tool with the data it touches, the answer.
 * In strict mode a missing receipt ends the call before its next step and before its result is handed out: the AI SDK
 * swallows errors of tools and listeners, so they are kept here and thrown where it lets them through.
 */
export function auditAiSdk<M extends Mode>(conversation: Conversation<M>, settings: AiSdkSettings = {}) {
  let failure: { error: unknown } | null = null;

  /** Waits for the receipt in strict mode only; remembers its absence. */
  const settle = async (receipts: readonly Promise<unknown>[]): Promise<void> => {
    if (conversation.mode !== 'strict') return;
    for (const receipt of await Promise.allSettled(receipts)) {
      if (receipt.status === 'rejected') failure ??= { error: receipt.reason };
    }
    check();
  };
  /** @throws the AuditError of the first receipt that did not come (strict mode). */
  const check = (): void => {
    if (failure) throw failure.error;
  };

  /** The same tools, recorded. `touches` says for each tool which data a call read or changed; null or [] for none. */
  function tools<T extends Record<string, ToolLike>>(toolSet: T, touches: AiSdkTouches<T> = {}): T {
    const audited = Object.entries(toolSet).map(([name, tool]) => [
      name,
      auditTool(conversation, name, tool, touches[name], settings, settle),
    ]);
    return Object.fromEntries(audited) as T;
  }

  /**
   * The same options for generateText or streamText, with the user's message and the answer recorded. What streams is out
   * before its answer is recorded: in strict mode call `check()` when the stream has ended.
   */
  function options<O extends object>(callOptions: O): O {
    const call = callOptions as CallOptions;
    const begun = Date.now();
    const said = lastUserMessage(call);
    const message =
      said === null
        ? []
        : [
            conversation.userMessage({
              length: said.length,
              ...(settings.language ? { language: settings.language } : {}),
              ...(settings.content && said !== '' ? { content: contentParts('prompt', said) } : {}),
            }),
          ];
    // Until prepareStep looks at it, a rejection is nobody's.
    for (const receipt of message) receipt.catch(() => undefined);
    const prepare = call.prepareStep ?? call.experimental_prepareStep;
    return {
      ...callOptions,
      prepareStep: async (step: unknown) => {
        await settle(message);
        return prepare?.(step);
      },
      onFinish: async (event: FinishEvent) => {
        await settle([conversation.response(describeAnswer(event, Date.now() - begun, settings))]).catch(() => undefined);
        await call.onFinish?.(event);
      },
    } as O;
  }

  /** generateText itself, audited: `const generate = audit.generate(generateText)`, then call it as before. */
  function generate<F extends (callOptions: never) => PromiseLike<unknown>>(generateText: F): F {
    const audited = async (callOptions: object): Promise<unknown> => {
      const begun = Date.now();
      try {
        const result = await generateText(options(callOptions) as never);
        check();
        return result;
      } catch (error) {
        if (failure === null) {
          const failed = describeAnswer({ finishReason: 'error' }, Date.now() - begun, settings);
          await settle([conversation.response({ ...failed, outcome: 'failure' })]).catch(() => undefined);
        }
        throw error;
      }
    };
    return audited as unknown as F;
  }

  return { tools, options, generate, check };
}

function describeAnswer(event: FinishEvent, latencyMs: number, settings: AiSdkSettings) {
  const { inputTokens, outputTokens } = event.totalUsage ?? {};
  return {
    length: event.text?.length ?? 0,
    latencyMs,
    outcome: 'success' as Outcome,
    ...(event.response?.modelId === undefined ? {} : { model: event.response.modelId }),
    ...(event.finishReason === undefined ? {} : { finishReason: event.finishReason }),
    ...(inputTokens === undefined ? {} : { tokensIn: inputTokens }),
    ...(outputTokens === undefined ? {} : { tokensOut: outputTokens }),
    ...(settings.promptVersion === undefined ? {} : { promptVersion: settings.promptVersion }),
    ...(settings.classification === undefined ? {} : { classification: settings.classification }),
    ...(settings.content && event.text ? { content: contentParts('response', event.text) } : {}),
  };
}

/** The history repeats in every call, so only a last message that is the user's is new; null when it is not. */
function lastUserMessage({ prompt, messages }: CallOptions): string | null {
  if (typeof prompt === 'string') return prompt;
  const list = Array.isArray(messages) ? messages : Array.isArray(prompt) ? prompt : [];
  const last = list.at(-1) as { role?: string; content?: unknown } | undefined;
  if (last?.role !== 'user') return null;
  if (typeof last.content === 'string') return last.content;
  const parts = Array.isArray(last.content) ? (last.content as { type?: string; text?: string }[]) : [];
  return parts.map((part) => (part.type === 'text' ? (part.text ?? '') : '')).join('');
}
