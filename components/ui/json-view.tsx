import { InertText } from './inert-text';

interface Props {
  value: unknown;
  depth?: number;
}

/** A JSON value as a reader's list: names in the margin, strings inert. */
export function JsonView({ value, depth = 0 }: Props) {
  if (value === null) return <span className="mono text-ink-3">null</span>;
  if (typeof value === 'string') return value === '' ? <span className="text-ink-3">empty text</span> : <InertText text={value} />;
  if (typeof value === 'number' || typeof value === 'boolean') return <span className="mono">{String(value)}</span>;
  if (Array.isArray(value)) {
    if (value.length === 0) return <span className="text-ink-3">empty list</span>;
    if (value.every((item) => typeof item !== 'object' || item === null)) {
      return (
        <span>
          {value.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an immutable list
            <span key={index}>
              {index > 0 && <span className="text-ink-3">, </span>}
              <JsonView value={item} depth={depth + 1} />
            </span>
          ))}
        </span>
      );
    }
    return (
      <ol className="flex flex-col gap-1">
        {value.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an immutable list
          <li key={index} className="border-l border-hairline pl-2">
            <JsonView value={item} depth={depth + 1} />
          </li>
        ))}
      </ol>
    );
  }
  const members = Object.entries(value as Record<string, unknown>);
  if (members.length === 0) return <span className="text-ink-3">empty object</span>;
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_1fr] gap-x-4 gap-y-0.5">
      {members.map(([name, member]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">
            <InertText text={name} />
          </dt>
          <dd className="min-w-0">
            <JsonView value={member} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
