import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pageHeaders } from '#web/page-headers';
import { reply } from '#web/page-reply';
import { notFoundPage } from '#web/pages/outcome-page';
import { stylesheet } from '#web/pages/stylesheet';

describe('the headers of every page', () => {
  it('allows only the stylesheet of the page, by its hash', () => {
    const policy = pageHeaders['content-security-policy'];
    const inline = /<style>([\s\S]*)<\/style>/.exec(notFoundPage())?.[1];

    expect(inline).toBe(stylesheet);
    expect(policy).toContain(
      `style-src 'sha256-${createHash('sha256')
        .update(inline as string)
        .digest('base64')}'`,
    );
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('sends all headers that OWASP asks for against framing, storing, sniffing, referring and scripts', () => {
    const { 'content-security-policy': policy = '', 'permissions-policy': permissions, ...others } = pageHeaders;

    expect(policy.split('; ').map((directive) => directive.replace(/sha256-[^']+/, '…'))).toEqual([
      "default-src 'none'",
      "style-src '…'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
    expect(permissions).toMatch(/^(?:[a-z-]+=\(\)(?:, |$)){10,}$/);
    expect(others).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
      'x-permitted-cross-domain-policies': 'none',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    });
    expect(reply(404, notFoundPage()).headers).toEqual(pageHeaders);
  });
});
