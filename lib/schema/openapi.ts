import * as z from 'zod/mini';
import * as answers from './answers';
import type { ApiAccess, ApiOperation } from './api-operation';
import { API_OPERATIONS } from './api-operations';
import { ERRORS, type ErrorCode } from './errors';
import { RecordInput } from './record';

export type JsonSchema = { [name: string]: unknown };
export interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: { [scheme: string]: string[] }[];
  parameters: { name: string; in: 'path' | 'query'; required: boolean; schema: JsonSchema }[];
  requestBody?: { required: true; content: { [type: string]: { schema: JsonSchema } } };
  responses: { [status: string]: { description: string; content?: { [type: string]: { schema: JsonSchema } } } };
}
export interface OpenApiDocument {
  openapi: '3.1.0';
  jsonSchemaDialect: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: { [path: string]: { [method: string]: OpenApiOperation } };
  components: { schemas: { [name: string]: JsonSchema }; securitySchemes: { [name: string]: JsonSchema } };
}

/** Shapes that have a name of their own; everything else is written where it stands. */
const NAMED: { [name: string]: z.ZodMiniType } = {
  RecordInput,
  RecordBody: answers.RecordBody,
  Receipt: answers.ReceiptAnswer,
  BatchResult: answers.BatchAnswer,
  Entry: answers.EntryAnswer,
  Record: answers.RecordAnswer,
  RecordPage: answers.RecordPage,
  Conversation: answers.ConversationAnswer,
  ConversationSummary: answers.ConversationRow,
  ConversationPage: answers.ConversationPage,
  Head: answers.HeadAnswer,
  Scope: answers.ScopeAnswer,
  Break: answers.BreakAnswer,
  Verification: answers.VerificationAnswer,
  VerificationPage: answers.VerificationPage,
  Problem: answers.ProblemAnswer,
};

const SECURITY: { [access in ApiAccess]: { [scheme: string]: string[] }[] } = {
  ingest_key: [{ ingestKey: [] }],
  session_or_read_key: [{ readKey: [] }, { session: [] }],
  session_or_any_key: [{ ingestKey: [] }, { readKey: [] }, { session: [] }],
  session: [{ session: [] }],
  public: [],
};

/**
 * The description of the API, made from the schemas that judge its requests and answers.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function makeOpenApi(url: string): OpenApiDocument {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(NAMED)) registry.add(schema, { id: name });
  const uri = (id: string): string => `#/components/schemas/${id}`;
  const { schemas } = z.toJSONSchema(registry, { uri, unrepresentable: 'any' });
  const components = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, bare(schema as JsonSchema)]));
  // A check by a function of ours leaves no trace in a schema; these say of themselves what they are.
  for (const name of ['RecordInput', 'RecordBody'])
    Object.assign((components[name]!.properties as JsonSchema).timestamp as JsonSchema, { format: 'date-time' });
  const refer = (schema: z.ZodMiniType, io: 'input' | 'output'): JsonSchema => {
    const name = Object.keys(NAMED).find((known) => NAMED[known] === schema);
    if (name !== undefined) return { $ref: uri(name) };
    const def = schema._zod.def as { type: string; options?: readonly z.ZodMiniType[]; element?: z.ZodMiniType };
    if (def.type === 'union') return { anyOf: def.options!.map((option) => refer(option, io)) };
    if (def.type === 'array' && Object.values(NAMED).includes(def.element!)) {
      const { items: _, ...limits } = bare(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema);
      return { ...limits, items: refer(def.element!, io) };
    }
    return bare(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema);
  };
  const paths: OpenApiDocument['paths'] = {};
  for (const operation of API_OPERATIONS) {
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method] = describe(operation, refer);
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Holdfast',
      version: '1',
      description:
        'An append-only ledger of what agents did. Sequence numbers are decimal strings, hashes lower-case hex, times RFC 3339 in UTC. Errors are problem+json (RFC 9457) with a stable code.',
    },
    servers: [{ url }],
    tags: [...new Set(API_OPERATIONS.map((operation) => operation.group))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        ingestKey: { type: 'http', scheme: 'bearer', description: 'A key of an agent: it writes to one ledger and reads nothing.' },
        readKey: { type: 'http', scheme: 'bearer', description: 'A key that reads one ledger, as an auditor does.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-holdfast.session',
          description: 'A signed-in person; changes need the own origin.',
        },
      },
    },
  };
}

function describe(operation: ApiOperation, refer: (schema: z.ZodMiniType, io: 'input' | 'output') => JsonSchema): OpenApiOperation {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' },
  }));
  const query = Object.entries(operation.query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query' as const,
    required: false,
    schema: bare(z.toJSONSchema(schema as z.ZodMiniType, { io: 'input', unrepresentable: 'any' }) as JsonSchema),
  }));
  const body = operation.body && refer(operation.body, 'input');
  return {
    operationId: `${operation.method}_${operation.path.replace(/^\/api\/(v1\/)?/, '').replace(/[^a-z]+/g, '_')}`.replace(/_$/, ''),
    tags: [operation.group],
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    security: SECURITY[operation.access],
    parameters: [...inPath, ...query],
    ...(body && {
      requestBody: {
        required: true as const,
        content: Object.fromEntries(
          (operation.bodyTypes ?? ['application/json']).map((type) => [
            type,
            { schema: type === 'application/x-ndjson' ? { type: 'string' } : body },
          ]),
        ),
      },
    }),
    responses: { ...Object.fromEntries(operation.answers.map((answer) => answered(answer, refer))), ...refusals(operation.refuses) },
  };
}

function answered(
  { status, say, schema, types = [] }: ApiOperation['answers'][number],
  refer: (schema: z.ZodMiniType, io: 'input' | 'output') => JsonSchema,
): [string, OpenApiOperation['responses'][string]] {
  const content = {
    ...Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } as JsonSchema }])),
    ...(schema && { 'application/json': { schema: refer(schema, 'output') } }),
  };
  return [String(status), { description: say, ...(Object.keys(content).length > 0 && { content }) }];
}

/** One response a status, which names the codes that it comes with. */
function refusals(codes: readonly ErrorCode[]): OpenApiOperation['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, named]) => [
      String(status),
      {
        description: named.map((code) => `${code}: ${ERRORS[code].say}`).join('\n'),
        content: {
          'application/problem+json': {
            schema: {
              allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { status: { const: status }, code: { enum: named } } }],
            },
          },
        },
      },
    ]),
  );
}

/** What a document says once for all of its schemas. */
function bare({ $schema: _, $id: __, id: ___, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
