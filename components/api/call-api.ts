import type { Problem } from '@/lib/schema/errors';

/** A refusal as the API gives it; `message` is its detail, fit to show. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  readonly status: number;
  readonly pointer: string | null;
  constructor(problem: Pick<Problem, 'detail' | 'status'> & { code: string; pointer?: string }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.pointer = problem.pointer ?? null;
  }
}

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  /** Takes an answer that is no JSON, such as a stream; refusals are read as ever. */
  read?: (response: Response) => Promise<unknown>;
  /** A file instead of JSON: the answer is a Blob, which the browser keeps where it has room. */
  file?: true;
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value && typeof value.detail === 'string';
}

/**
 * Calls our own API with the session of the page.
 * @throws ApiProblem for a refusal, also when the network or something between refused
 */
export async function callApi<T>(path: string, { method = 'GET', body, signal, read, file }: Call = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal: signal ?? null,
      cache: 'no-store',
      credentials: 'same-origin',
      headers: {
        accept: file === true ? '*/*' : 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiProblem({ code: 'network', status: 0, detail: 'The server did not answer. Nothing is known to have changed; try again.' });
  }
  if (response.ok && read !== undefined) return (await read(response)) as T;
  if (file === true && response.ok) {
    try {
      return (await response.blob()) as T;
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new ApiProblem({ code: 'network', status: 0, detail: 'The file did not come whole. Try again.' });
    }
  }
  const answer: unknown = response.status === 204 ? null : await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  if (isProblem(answer)) throw new ApiProblem(answer);
  throw new ApiProblem({ code: 'internal', status: response.status, detail: `The server answered ${response.status} without saying why.` });
}
