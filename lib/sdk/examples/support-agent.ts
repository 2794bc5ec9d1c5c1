/**
 * A clinic's support agent on the Vercel AI SDK that posts its conversation as it runs and prints each receipt.
 *   node lib/server/run.mjs lib/sdk/examples/support-agent.ts ["a question"]
 * Reads HOLDFAST_URL and HOLDFAST_KEY, or .holdfast/demo.json of a running demo. The model is a script; with OPENAI_API_KEY or
 * ANTHROPIC_API_KEY set, and the provider's package installed, it is a real one.
 */
import { generateText, stepCountIs } from 'ai';
import { auditAiSdk } from '../src/adapters/ai-sdk';
import { createAuditClient } from '../src/index';
import { readConnection } from './read-connection';
import { chooseModel } from './scripted-model';
import { AccessDenied, clinicTools, touches } from './support-tools';

const PROMPT_VERSION = 'support-v2';
const question =
  process.argv[2] ?? 'Patient P-1017 asks whether she may take ibuprofen with her new prescription, and wants to move her visit to Friday.';

const outcomeOf = (error: unknown) => (error instanceof AccessDenied ? 'denied' : 'failure');
const connection = readConnection();
const { model, label } = await chooseModel(process.env);
console.log(`Ledger ${connection.url}, agent ${connection.agentName}, model ${label}\n`);

const client = createAuditClient({
  ...connection,
  mode: 'strict',
  onReceipt: (receipt, record) => {
    const what = record.resource_id
      ? `${record.action} ${record.resource_type} ${record.resource_id}`
      : `${record.action} ${record.details?.tool ?? ''}`;
    console.log(
      `#${receipt.seq}`.padStart(8),
      ` ${receipt.integrity_hash.slice(0, 16)}…  ${what}${record.outcome ? ` (${record.outcome})` : ''}`,
    );
  },
  onError: (error) => console.error(`not recorded: ${error.code}: ${error.message}`),
});

try {
  await client.run(
    {
      userId: 'nurse-okafor',
      subjectId: 'P-1017',
      channel: 'desk',
      purpose: 'treatment',
      classification: 'restricted',
      domains: ['hipaa'],
      title: 'Medication and appointment',
    },
    async (conversation) => {
      const audit = auditAiSdk(conversation, { promptVersion: PROMPT_VERSION, language: 'en', outcomeOf });
      const generate = audit.generate(generateText);
      const { text, steps } = await generate({
        model,
        system: 'You help the staff of a clinic. Look things up before you answer; never guess about medication.',
        prompt: question,
        tools: audit.tools(clinicTools, touches),
        stopWhen: stepCountIs(8),
      });
      console.log(`\nThe agent, after ${steps.length} steps: ${text}\n`);
      console.log(`Conversation ${connection.url}/conversations/${conversation.id}`);
    },
  );
} catch (error) {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await client.close();
}
