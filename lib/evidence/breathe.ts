import 'server-only';

/** How long work goes on at most before the process does other things. */
const STRETCH_MS = 20;

/** For work of many small steps in one process with a server: awaited after each, it lets others in whenever the last stretch was long enough. */
export function breathing(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < STRETCH_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    since = performance.now();
  };
}
