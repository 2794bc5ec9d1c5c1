import { ScrollRegion } from '@/components/ui/scroll-region';
import type { JsonSchema } from '@/lib/schema/openapi';
import { refName, sayLimits, sayType } from './schema-words';

interface Member {
  path: string;
  schema: JsonSchema;
  required: boolean;
}

/** Members of an object and of the objects within it, by their paths; what has a name of its own is not gone into. */
function membersOf(schema: JsonSchema, prefix = ''): Member[] {
  const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
  return Object.entries((schema.properties ?? {}) as { [name: string]: JsonSchema }).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    return [{ path, schema: member, required: required.has(name) }, ...within(member, path)];
  });
}

function within(schema: JsonSchema, path: string): Member[] {
  if (refName(schema) !== '') return [];
  if (schema.type === 'array') return within((schema.items ?? {}) as JsonSchema, `${path}[]`);
  const options = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined;
  if (options) return options.flatMap((option) => within(option, path));
  return membersOf(schema, path === '' ? '' : `${path}.`);
}

/** Alternatives of one shape may name the same member; it is told once, with all that it may be. */
function mergeMembers(members: Member[]): Member[] {
  const byPath = new Map<string, Member>();
  for (const member of members) {
    const known = byPath.get(member.path);
    if (known === undefined) byPath.set(member.path, member);
    else if (sayType(known.schema) !== sayType(member.schema))
      byPath.set(member.path, {
        ...known,
        schema: { anyOf: [...((known.schema.anyOf as JsonSchema[]) ?? [known.schema]), member.schema] },
      });
  }
  return [...byPath.values()];
}

/** A type in words; the name of a shape leads to it. */
export function TypeWords({ schema }: { schema: JsonSchema }) {
  const words = sayType(schema).split(/([A-Z][A-Za-z]+)/);
  return (
    <span className="mono text-xs break-words">
      {words.map((word, i) =>
        i % 2 === 1 && !word.includes('"') ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the words of one sentence, which do not move
          <a key={i} className="link" href={`#shape-${word}`}>
            {word}
          </a>
        ) : (
          word
        ),
      )}
    </span>
  );
}

export function SchemaTable({ schema, caption }: { schema: JsonSchema; caption: string }) {
  const members = mergeMembers(within(schema, ''));
  if (members.length === 0) {
    return (
      <p className="text-sm">
        <TypeWords schema={schema} />
      </p>
    );
  }
  return (
    <ScrollRegion label={caption}>
      <table className="w-full text-left text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="border-b border-rule text-xs text-ink-2">
          <tr>
            <th scope="col" className="py-1 pr-4 font-medium">
              Member
            </th>
            <th scope="col" className="py-1 pr-4 font-medium">
              Type
            </th>
            <th scope="col" className="py-1 font-medium">
              Limits
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <tr key={member.path} className="border-b border-hairline align-baseline">
              <th scope="row" className="mono py-1 pr-4 text-xs font-normal whitespace-nowrap">
                {member.path}
                {!member.required && <span className="text-ink-3"> (optional)</span>}
              </th>
              <td className="py-1 pr-4">
                <TypeWords schema={member.schema} />
              </td>
              <td className="mono py-1 text-2xs break-all text-ink-2">{sayLimits(member.schema)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
