import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRORS } from './errors';
import { type JsonSchema, makeOpenApi } from './openapi';

const ROOT = path.join(process.cwd(), 'app');
const document = makeOpenApi('https://audit.example.org');
const text = JSON.stringify(document);

/** "get /api/v1/records/{id}" for each method that a route file exports. */
function routesOfFiles(): string[] {
  const files = ['api/v1', 'api/tlog'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /(^|\/)route\.ts$/.test(file))
      .map((file) => `${folder}/${file}`),
  );
  return files.flatMap((file) => {
    const source = readFileSync(path.join(ROOT, file), 'utf8');
    const address = `/${path.dirname(file)}`.replace(/\[(?:\.{3})?(\w+)\]/g, '{$1}');
    const exported = source.matchAll(/export (?:const|async function|function|\{[^}]*?) ?(GET|POST|PUT|PATCH|DELETE)\b/g);
    return [...exported].map(([, method]) => `${method!.toLowerCase()} ${address}`);
  });
}

describe('the description of the API', () => {
  it('names every route that there is, and none that there is not', () => {
    const described = Object.entries(document.paths).flatMap(([address, methods]) =>
      Object.keys(methods).map((method) => `${method} ${address}`),
    );
    expect(described.sort()).toEqual(routesOfFiles().sort());
  });

  it('names every code of an error', () => {
    const { code } = document.components.schemas.Problem!.properties as { code: { enum: string[] } };
    expect(code.enum).toEqual(Object.keys(ERRORS));
  });

  it('has no reference that leads nowhere, and no operation twice', () => {
    for (const [, name] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(name).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(document.components.schemas).toHaveProperty(name!.slice('#/components/schemas/'.length));
    }
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((operation) => operation.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names each parameter of a path, and says who may ask', () => {
    for (const [address, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        const named = operation.parameters.filter((parameter) => parameter.in === 'path').map((parameter) => `{${parameter.name}}`);
        expect(address.match(/\{\w+\}/g) ?? []).toEqual(named);
        for (const scheme of operation.security.flatMap((one) => Object.keys(one)))
          expect(document.components.securitySchemes).toHaveProperty(scheme);
      }
    }
  });

  it('holds the limits that requests are judged by', () => {
    const input = document.components.schemas.RecordInput as JsonSchema & {
      properties: { [name: string]: JsonSchema };
      required: string[];
    };
    expect(input.required).toContain('data_classification');
    expect(input.additionalProperties).toBe(false);
    expect(input.properties.purpose).toMatchObject({ maxLength: 200 });
    expect(document.paths['/api/v1/records']!.post!.responses).toHaveProperty('503');
  });
});
