import { describe, expect, it } from 'vitest';
import { refuseErrors } from '../../infra/app.ts';

describe('refuseErrors', () => {
  it('throws on an error of a construct and names the construct', () => {
    const messages = [{ level: 'error', id: '/Sluice/Bus', entry: { data: 'has no policy' } }];

    expect(() => refuseErrors(messages)).toThrow('/Sluice/Bus: has no policy');
  });

  it('ignores an info message of a construct', () => {
    expect(() => refuseErrors([{ level: 'info', id: '/Sluice', entry: { data: 'a hint' } }])).not.toThrow();
  });
});
