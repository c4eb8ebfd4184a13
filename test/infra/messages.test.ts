import { describe, expect, it } from 'vitest';
import { refuseErrors } from '../../infra/app.ts';

describe('synthesis', () => {
  it('fails on what a construct calls an error, and says where', () => {
    const messages = [{ level: 'error', id: '/Sluice/Bus', entry: { data: 'has no policy' } }];

    expect(() => refuseErrors(messages)).toThrow('/Sluice/Bus: has no policy');
  });

  it('goes on after an information', () => {
    expect(() => refuseErrors([{ level: 'info', id: '/Sluice', entry: { data: 'a hint' } }])).not.toThrow();
  });
});
