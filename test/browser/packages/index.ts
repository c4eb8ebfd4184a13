export { AxeBuilder } from '@axe-core/playwright';
export { default as bundled } from '@sparticuz/chromium';
export { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
