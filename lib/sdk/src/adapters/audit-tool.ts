import type { Classification, Outcome } from '../../../schema/vocabulary';
import type { ActionInput } from '../actions';
import { contentParts } from '../content-parts';
import type { Conversation } from '../conversation';
import type { Mode } from '../record';

export interface ToolSettings {
  /** Sends the words too, for the ledger to seal: messages, answers, arguments and results of tools. They stay with the agent when left out. */
  content?: boolean;
  /** Said of answers and tools instead of the conversation's own classification. */
  classification?: Classification;
  /** How a tool's error is recorded; `failure` when left out. Say `denied` where the tool was not allowed. */
  outcomeOf?: (error: unknown) => Exclude<Outcome, 'success'>;
}

/** A tool of the AI SDK, as far as it is read here. */
export interface ToolLike {
  execute?: (input: never, options: never) => unknown;
}

/** Data that a call of a tool read or changed. */
export type Touch =
  | ({ action: 'data_accessed' } & Omit<ActionInput<'data_accessed'>, 'tool' | 'toolCallId'>)
  | ({ action: 'data_modified' } & Omit<ActionInput<'data_modified'>, 'tool' | 'toolCallId'>);

type Execute<T> = T extends { execute?: infer E } ? NonNullable<E> : never;
type InputOf<T> = Execute<T> extends (input: infer I, ...rest: never[]) => unknown ? I : never;
type OutputOf<T> = Execute<T> extends (...args: never[]) => infer O ? Exclude<Awaited<O>, AsyncIterable<unknown>> : never;

/** Reads from a call's input and output which data it touched. Its own errors never reach the agent. */
export type Touches<T> = (input: InputOf<T>, output: OutputOf<T>) => Touch | readonly Touch[] | null;

type Settle = (receipts: readonly Promise<unknown>[]) => Promise<void>;

/** The same tool, whose calls are recorded with their lengths and duration, and then the data that they touched. */
export function auditTool<T extends ToolLike, M extends Mode>(
  conversation: Conversation<M>,
  name: string,
  tool: T,
  touches: Touches<T> | undefined,
  settings: ToolSettings,
  settle: Settle,
): T {
  const execute = tool.execute as ((input: unknown, options: { toolCallId?: string }) => unknown) | undefined;
  if (execute === undefined) return tool;

  const record = (input: unknown, output: unknown, toolCallId: string | undefined, begun: number, error?: { thrown: unknown }) => {
    const call = { tool: name, ...(toolCallId === undefined ? {} : { toolCallId }) };
    const given = asJson(input);
    const result = error ? '' : asJson(output);
    const told = error ? [] : readTouches(touches, input, output);
    const invoked = conversation.toolInvoked({
      ...call,
      timestamp: new Date(begun).toISOString(),
      argumentsLength: given.length,
      resultLength: result.length,
      durationMs: Date.now() - begun,
      ...(settings.content ? { content: [...contentParts('tool_arguments', given), ...contentParts('tool_result', result)] } : {}),
      ...(settings.classification === undefined ? {} : { classification: settings.classification }),
      ...(error ? { outcome: settings.outcomeOf?.(error.thrown) ?? 'failure', details: { error: nameOf(error.thrown) } } : {}),
      // Said, not guessed: what this call touched is not known.
      ...(told === null ? { details: { unmapped: true } } : {}),
    });
    const touched = (told ?? []).map(({ action, ...touch }) =>
      action === 'data_accessed' ? conversation.dataAccessed({ ...call, ...touch }) : conversation.dataModified({ ...call, ...touch }),
    );
    return settle([invoked, ...touched]);
  };

  const finish = async (input: unknown, options: { toolCallId?: string } | undefined, begun: number, run: () => Promise<unknown>) => {
    let output: unknown;
    try {
      output = await run();
    } catch (thrown) {
      await record(input, undefined, options?.toolCallId, begun, { thrown });
      throw thrown;
    }
    await record(input, output, options?.toolCallId, begun);
    return output;
  };
  /** Preliminary results pass through as they come; the last one is the result. */
  async function* stream(parts: AsyncIterable<unknown>, input: unknown, options: { toolCallId?: string } | undefined, begun: number) {
    let last: unknown;
    try {
      for await (const part of parts) {
        last = part;
        yield part;
      }
    } catch (thrown) {
      await record(input, undefined, options?.toolCallId, begun, { thrown });
      throw thrown;
    }
    await record(input, last, options?.toolCallId, begun);
  }
  const audited = (input: unknown, options?: { toolCallId?: string }): unknown => {
    const begun = Date.now();
    let result: unknown;
    try {
      result = execute.call(tool, input, options ?? {});
    } catch (thrown) {
      return finish(input, options, begun, () => Promise.reject(thrown));
    }
    if (isAsyncIterable(result)) return stream(result, input, options, begun);
    return finish(input, options, begun, async () => result);
  };
  return { ...tool, execute: audited };
}

/** null when nobody says what this tool touches, or the one who should failed. */
function readTouches<T>(touches: Touches<T> | undefined, input: unknown, output: unknown): readonly Touch[] | null {
  if (touches === undefined) return null;
  try {
    const told = touches(input as InputOf<T>, output as OutputOf<T>);
    return told === null ? [] : Array.isArray(told) ? (told as readonly Touch[]) : [told as Touch];
  } catch {
    return null;
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** '' for what cannot be written. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown';
}
