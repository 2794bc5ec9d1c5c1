import 'server-only';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Of all that one query, or the making of one copy, may take. */
const MEMORY = '384MB';

export interface DuckDbTask {
  /** The only files that it can open, to read or to write. Paths are ours, never a client's. */
  files: readonly string[];
  threads: number;
  signal?: AbortSignal;
  /** It is stopped after so long. */
  timeoutMs?: number;
}

/** It took too long, or was no longer wanted. */
export class DuckDbStopped extends Error {
  override readonly name = 'DuckDbStopped';
}

/**
 * A database in memory that lives as long as `work`: no extension is fetched or loaded, no file is opened but those that are named, nothing spills to the disk, and no
 * setting can be changed any more. It is loaded when it is first needed: an installation that searches no archive does without.
 * @throws DuckDbStopped; Error where this platform has none, and what `work` throws
 */
export async function withDuckDb<T>(task: DuckDbTask, work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { files, threads, signal, timeoutMs } = task;
  signal?.throwIfAborted();
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: MEMORY,
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_unsigned_extensions: 'false',
  });
  let stopped = false;
  let connection: DuckDBConnection | null = null;
  const stop = () => {
    stopped = true;
    connection?.interrupt();
  };
  const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop);
  try {
    connection = await instance.connect();
    await connection.run(`SET allowed_paths = [${files.map(quoted).join(', ')}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    if (stopped) throw new DuckDbStopped();
    return await work(connection);
  } catch (error) {
    if (stopped) throw new DuckDbStopped();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    connection?.closeSync();
    instance.closeSync();
  }
}

/** A path as text of SQL, which takes it in no other way there. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
