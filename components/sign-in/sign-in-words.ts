/**
 * What next-auth hands back as an error, in words. The door sends our own code, with the seconds to wait behind a dot; anything
 * else means that the pair was not right. Nothing here tells whether there is such an account.
 */
export function signInWords(error: string): string {
  const [code, wait] = error.split('.');
  const seconds = Number(wait);
  switch (code) {
    case 'rate_limited':
      return seconds > 0
        ? `Too many attempts. Wait ${waitWords(seconds)} and try again.`
        : 'Too many attempts. Wait a little and try again.';
    case 'audit_unavailable':
      return 'The sign-in could not be recorded, so it did not take place. Try again.';
    case 'store_busy':
    case 'internal':
      return 'Something went wrong on our side. Try again.';
    case 'AccessDenied':
    case 'forbidden':
      return 'That identity cannot sign in here. An administrator can see why in the access log, and can invite it.';
    case 'OAuthCallback':
    case 'OAuthSignin':
    case 'Callback':
      return 'The identity provider did not complete the sign-in. Try again.';
    default:
      return 'Address and password do not match an account.';
  }
}

function waitWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? '1 second' : `${Math.ceil(seconds)} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}

/** Where to go after signing in: a path of our own, or the overview. Another site's address is never followed. */
export function safeTarget(wanted: string | null): string {
  if (wanted === null || !wanted.startsWith('/') || wanted.startsWith('//') || wanted.includes('\\')) return '/';
  try {
    const url = new URL(wanted, 'http://own.invalid');
    // Dot segments are taken out by now: "/.//evil.example" has become "//evil.example", which a browser reads as another site.
    const own = url.origin === 'http://own.invalid' && url.pathname !== '/sign-in' && !url.pathname.startsWith('//');
    return own ? `${url.pathname}${url.search}` : '/';
  } catch {
    return '/';
  }
}
