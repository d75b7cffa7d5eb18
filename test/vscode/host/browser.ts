import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian, Ubuntu and Google's own package put it; CLOZE_CHROMIUM names another. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

let browser: Promise<Browser> | undefined;

/** The one browser of this process, started on first need. */
export function theBrowser(): Promise<Browser> {
  return (browser ??= start());
}

export async function closeBrowser(): Promise<void> {
  const running = browser;
  browser = undefined;
  await (await running)?.close();
}

async function start(): Promise<Browser> {
  const executablePath = process.env.CLOZE_CHROMIUM ?? PLACES.find(existsSync);
  if (executablePath === undefined) {
    throw new Error(`no Chromium: expected ${PLACES.join(' or ')}, or its path in CLOZE_CHROMIUM`);
  }
  return chromium.launch({
    executablePath,
    // root may not use Chromium's sandbox; the page is our own server's
    args: ['--no-sandbox', '--disable-gpu', '--disable-gpu-compositing', '--disable-gpu-rasterization'],
    // drawing with a graphics card that is software takes the processor from what is tested
    ignoreDefaultArgs: ['--enable-unsafe-swiftshader'],
  });
}
