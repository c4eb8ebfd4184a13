import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { AxeBuilder, type Browser, type BrowserContextOptions, bundled, chromium, type Page } from './packages/index.ts';

const screenshots = join(import.meta.dirname, 'screenshots');

/** Flags of the bundled Chromium that turn off checks of a real browser: refuse, isolate, block. */
const UNREAL = /web-security|insecure-content|site-isolation|IsolateOrigins|single-process/;

/** Opens the Chromium at CHROMIUM_PATH, or on Linux the one from npm. */
export async function openChromium(): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH;
  if (given) return chromium.launch({ executablePath: given, args: ['--no-sandbox'] });
  if (process.platform !== 'linux') throw new Error(missing('npm has Chromium for Linux only'));
  const executablePath = await bundled.executablePath();
  if (!existsSync(executablePath)) throw new Error(missing(`there is none at ${executablePath}`));
  return chromium.launch({ executablePath, args: bundled.args.filter((flag) => !UNREAL.test(flag)) });
}

const missing = (why: string) =>
  `the browser tests need Chromium, and ${why}: install Chrome or Chromium and set CHROMIUM_PATH to its executable`;

export const desktop: BrowserContextOptions = { viewport: { width: 1200, height: 900 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  colorScheme: 'dark',
};

/** Keeps a picture of the whole page. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** Keeps a picture of the whole page, and checks with axe that the page breaks no rule. */
export async function lookAt(page: Page, name: string): Promise<void> {
  await picture(page, name);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}
