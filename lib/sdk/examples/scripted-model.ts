import type { LanguageModel } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';

type Result = Awaited<ReturnType<MockLanguageModelV3['doGenerate']>>;

const call = (toolCallId: string, toolName: string, input: object) =>
  ({ type: 'tool-call', toolCallId, toolName, input: JSON.stringify(input) }) as const;

/** What a model would do with the default question: look up, check, write, answer. */
const SCRIPT: Result['content'][] = [
  [call('call_1', 'lookUpChart', { patient: 'P-1017' }), call('call_2', 'findAppointments', { patient: 'P-1017' })],
  [call('call_3', 'checkInteractions', { drugs: ['warfarin', 'ibuprofen'] })],
  [call('call_4', 'moveAppointment', { appointment: 'A-5531', day: 'Friday' })],
  [call('call_5', 'readBilling', { patient: 'P-1017' })],
  [
    {
      type: 'text',
      text: 'She takes warfarin: ibuprofen raises the risk of bleeding, so please ask Dr. Ito before she takes any. Her visit is moved to Friday, 09:40. I may not see billing.',
    },
  ],
];

function scriptedModel(): LanguageModel {
  let step = 0;
  return new MockLanguageModelV3({
    provider: 'script',
    modelId: 'scripted-clinic-1',
    doGenerate: async ({ prompt }): Promise<Result> => {
      const content = SCRIPT[Math.min(step, SCRIPT.length - 1)] ?? [];
      step += 1;
      const finish = content.some((part) => part.type === 'tool-call') ? 'tool-calls' : 'stop';
      const tokensIn = Math.ceil(JSON.stringify(prompt).length / 4);
      const tokensOut = Math.ceil(JSON.stringify(content).length / 4);
      return {
        content,
        finishReason: { unified: finish, raw: finish },
        usage: {
          inputTokens: { total: tokensIn, noCache: tokensIn, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: tokensOut, text: tokensOut, reasoning: 0 },
        },
        warnings: [],
      };
    },
  });
}

const PROVIDERS = [
  { key: 'OPENAI_API_KEY', packageName: '@ai-sdk/openai', factory: 'openai', model: 'gpt-5-mini' },
  { key: 'ANTHROPIC_API_KEY', packageName: '@ai-sdk/anthropic', factory: 'anthropic', model: 'claude-haiku-4-5' },
] as const;

/** A real model when a provider's key is set (HOLDFAST_MODEL names another one), else the script. */
export async function chooseModel(env: NodeJS.ProcessEnv): Promise<{ model: LanguageModel; label: string }> {
  const provider = PROVIDERS.find(({ key }) => env[key]);
  if (provider === undefined) return { model: scriptedModel(), label: 'scripted (set OPENAI_API_KEY or ANTHROPIC_API_KEY for a real one)' };
  const name = env.HOLDFAST_MODEL ?? provider.model;
  // The name is a variable so that bundlers leave it to the run: the package is the agent's choice, not ours.
  const { packageName, factory } = provider;
  const loaded = (await import(packageName).catch(() => {
    console.error(`${provider.key} is set, but ${packageName} is not installed: npm install --no-save ${packageName}`);
    process.exit(1);
  })) as Record<string, (model: string) => LanguageModel>;
  const make = loaded[factory];
  if (make === undefined) throw new Error(`${packageName} has no export ${factory}`);
  return { model: make(name), label: `${factory}/${name}` };
}
