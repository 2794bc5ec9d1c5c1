'use client';

export type Theme = 'system' | 'light' | 'dark';

function setCookie(name: string, value: string, seconds: number): void {
  const secure = window.location.protocol === 'https:' ? '; Secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox and Safari of the last years
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
}

const YEAR = 31_536_000;

export function readTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'dark' || chosen === 'light' ? chosen : 'system';
}

/** Takes effect at once and is kept in a cookie, so that the next page is already made with it. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  setCookie('hf_theme', theme === 'system' ? '' : theme, theme === 'system' ? 0 : YEAR);
}

export function chooseLedger(id: string): void {
  setCookie('hf_ledger', id, YEAR);
}
