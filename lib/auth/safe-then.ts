/** Where to go after signing in: a path of ours and nothing that a browser could take for another host. */
export function safeThen(then: string | null | undefined): string {
  if (then == null || !/^\/(?![/\\])[!-~]{0,2000}$/.test(then) || then.includes('\\')) return '/';
  return /^\/(sign-in|api|setup)(\/|\?|$)/.test(then) ? '/' : then;
}
