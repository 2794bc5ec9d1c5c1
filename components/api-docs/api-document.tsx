import type { OpenApiDocument, OpenApiOperation } from '@/lib/schema/openapi';
import { SchemaTable, TypeWords } from './schema-table';
import { sayLimits } from './schema-words';

const KEYS: { [scheme: string]: string } = { ingestKey: 'an ingest key', readKey: 'a read key', session: 'a signed-in session' };

/** The description of the API for people: server-rendered, without a script of its own. */
export function ApiDocument({ document }: { document: OpenApiDocument }) {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return (
    <main id="content" className="mx-auto max-w-[1080px] px-4 py-8 lg:px-6">
      <h1 className="font-serif text-2xl">{document.info.title} API</h1>
      <p className="mt-2 max-w-[72ch] text-base text-ink-2">{document.info.description}</p>
      <p className="mt-2 text-sm">
        The same as OpenAPI {document.openapi}, for tools:{' '}
        <a className="link mono" href="/api/openapi.json">
          /api/openapi.json
        </a>
      </p>
      <nav aria-label="Operations" className="mt-6">
        {document.tags.map(({ name }) => (
          <section key={name} className="mt-3">
            <h2 className="text-xs font-medium text-ink-2">{name}</h2>
            <ul>
              {operations
                .filter(({ operation }) => operation.tags.includes(name))
                .map(({ path, method, operation }) => (
                  <li key={operation.operationId} className="py-0.5 text-sm">
                    <a className="link" href={`#${operation.operationId}`}>
                      <span className="mono text-xs">
                        {method.toUpperCase()} {path}
                      </span>
                    </a>{' '}
                    <span className="text-ink-2">{operation.summary}</span>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </nav>
      {operations.map(({ path, method, operation }) => (
        <Operation key={operation.operationId} path={path} method={method} operation={operation} />
      ))}
      <h2 className="mt-10 border-t border-rule pt-4 font-serif text-xl">Shapes</h2>
      {Object.entries(document.components.schemas).map(([name, schema]) => (
        <section key={name} id={`shape-${name}`} className="mt-6">
          <h3 className="mono mb-1 text-sm">{name}</h3>
          <SchemaTable schema={schema} caption={`Members of ${name}`} />
        </section>
      ))}
    </main>
  );
}

function Operation({ path, method, operation }: { path: string; method: string; operation: OpenApiOperation }) {
  const keys = operation.security.flatMap((scheme) => Object.keys(scheme)).map((scheme) => KEYS[scheme] ?? scheme);
  return (
    <section id={operation.operationId} className="mt-8 border-t border-rule pt-4">
      <h2 className="font-serif text-lg">{operation.summary}</h2>
      <p className="mono mt-1 text-sm break-all">
        {method.toUpperCase()} {path}
      </p>
      <p className="mt-1 text-sm text-ink-2">{keys.length === 0 ? 'Open to everyone.' : `Asks for ${keys.join(' or ')}.`}</p>
      {operation.description && <p className="mt-2 max-w-[72ch] text-base">{operation.description}</p>}
      {operation.parameters.length > 0 && (
        <dl className="mt-3">
          {operation.parameters.map((parameter) => (
            <div key={parameter.name} className="grid gap-x-4 border-b border-hairline py-1 sm:grid-cols-[180px_minmax(0,1fr)]">
              <dt className="mono text-xs">
                {parameter.name}
                <span className="text-ink-3"> ({parameter.in === 'path' ? 'in the path' : 'optional'})</span>
              </dt>
              <dd>
                <TypeWords schema={parameter.schema} />{' '}
                <span className="mono text-2xs break-all text-ink-2">{sayLimits(parameter.schema)}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => (
        <div key={type} className="mt-3">
          <h3 className="text-sm font-medium">
            Body, <span className="mono text-xs">{type}</span>
          </h3>
          {type === 'application/x-ndjson' ? (
            <p className="text-sm text-ink-2">One JSON object a line.</p>
          ) : (
            <SchemaTable schema={schema} caption="Body" />
          )}
        </div>
      ))}
      <h3 className="mt-3 text-sm font-medium">Answers</h3>
      <dl>
        {Object.entries(operation.responses).map(([status, response]) => (
          <div key={status} className="grid gap-x-4 border-b border-hairline py-1 sm:grid-cols-[60px_minmax(0,1fr)]">
            <dt className="mono text-xs leading-5">{status}</dt>
            <dd className="text-sm">
              {Object.entries(response.content ?? {})
                .filter(([type]) => type === 'application/json')
                .map(([type, { schema }]) => (
                  <div key={type}>
                    <TypeWords schema={schema} />
                  </div>
                ))}
              <p className="whitespace-pre-line text-ink-2">{response.description}</p>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
