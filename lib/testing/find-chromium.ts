import { accessSync, constants } from 'node:fs';
import { chromium } from 'playwright';

/** First the one without a window: a whole browser draws its own bars for each page. */
const USUAL = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** @returns the path of a Chromium. @throws Error that says what to type where there is none. */
export function findChromium(): string {
  const named = process.env.CHROMIUM_PATH;
  for (const candidate of [...(named ? [named] : []), ...USUAL, chromium.executablePath()]) {
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      if (candidate === named) throw new Error(`CHROMIUM_PATH names ${named}, which cannot be run.`);
    }
  }
  throw new Error(
    'The browser tests need a Chromium and found none. Install one:\n\n  sudo apt-get install chromium-headless-shell        (Debian; or chromium)\n  npx playwright install chromium      (anywhere)\n\nor set CHROMIUM_PATH.',
  );
}
