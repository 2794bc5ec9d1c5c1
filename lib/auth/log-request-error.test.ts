import { afterEach, describe, expect, it, vi } from 'vitest';
import { onRequestError } from '@/instrumentation';
import { log } from '@/lib/log';
import { RefusalError } from '@/lib/schema/errors';

afterEach(() => {
  vi.restoreAllMocks();
});

/** As Next calls it, for an address with a secret in it. */
async function thrown(error: unknown) {
  const lines: [level: string, fields: Record<string, unknown>, words: string][] = [];
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    vi.spyOn(log, level).mockImplementation(
      (...said: unknown[]) => void lines.push([level, said[0] as Record<string, unknown>, String(said[1])]),
    );
  const printed = vi.spyOn(console, 'error');
  const request = { path: '/setup/one-time-secret?q=patient', method: 'GET', headers: {} };
  const context = { routerKind: 'App Router', routePath: '/setup/[token]', routeType: 'render', revalidateReason: undefined } as const;
  await onRequestError(error, request, context as Parameters<typeof onRequestError>[2]);
  expect(printed).not.toHaveBeenCalled();
  expect(JSON.stringify(lines)).not.toMatch(/one-time-secret|patient/);
  return lines;
}

describe('what a page throws', () => {
  it.each(['forbidden', 'not_found', 'audit_unavailable'] as const)(
    'is one line for those who debug where it is a refusal (%s)',
    async (code) => {
      expect(await thrown(new RefusalError(code))).toEqual([
        ['debug', { code, route: '/setup/[token]', method: 'GET' }, 'a page was refused'],
      ]);
    },
  );

  it('is an error with its stack and the reference that the reader was shown where it is a bug', async () => {
    const bug = Object.assign(new TypeError('undefined is not a function'), { digest: '3105847' });
    const [[level, fields, words], ...more] = await thrown(bug);
    expect([level, fields.err, fields.reference, words, more]).toEqual(['error', bug, '3105847', 'a page failed', []]);
    expect((await thrown('a string'))[0]![1].err).toBeInstanceOf(Error);
  });
});
