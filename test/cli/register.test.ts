import { describe, expect, it } from 'vitest';
import { applicationSchema } from '#policy/application';
import { guidePolicy } from '#policy/policy';
import { pauseMinutesFor } from '#watch/feasible';
import { configurationFrom, configurationSchema } from '../../cli/register.ts';
import storefront from '../../examples/storefront/application.json' with { type: 'json' };

const described = { ...storefront, repositoryUrl: 'https://git.example/storefront.git' };
const room = { kind: 'google-chat', webhookSecret: 'sluice/storefront/chat' };
const server = { kind: 'mcp', url: 'https://messages.acme.example/mcp' };
const approvedBy = (quorum: number, ...production: string[]) => ({
  approvers: { production },
  policy: { production: { approval: { quorum } } },
});
const read = (more: object = {}) => configurationSchema.parse({ ...described, ...more });

const onEcs = (pauseMinutes?: number) => {
  const target = { kind: 'ecs', cluster: 'c', service: 's', container: 'web', probes: [{ targetGroupArn: 'arn', url: 'http://probe' }] };
  return { staging: target, production: { ...target, pauseMinutes } };
};

describe('configurationSchema', () => {
  it('computes the ECS pause from the longest step if pauseMinutes is missing', () => {
    const { policy } = read({ policy: { production: { strategy: 'a-b' } }, targets: onEcs() });

    expect([pauseMinutesFor(policy.staging), pauseMinutesFor(policy.production)]).toEqual([60, 70]);
    expect(() => read({ policy: { production: { strategy: 'a-b' } }, targets: onEcs(66) })).not.toThrow();
  });

  it('takes the default policy if the application names no setting', () => {
    expect(read().policy).toEqual(guidePolicy);
  });

  it('accepts a setting under its former name and says its present name once', () => {
    const notices: string[] = [];
    const policy = { staging: { evidence: 'sequential' }, production: { evidence: 'sequential' } };

    const configured = configurationFrom((text) => notices.push(text)).parse({ ...described, policy });

    expect([configured.policy.staging.judgeBy, configured.policy.production.judgeBy]).toEqual(['sequential', 'sequential']);
    expect(notices).toEqual(['the policy setting "evidence" is now called "judgeBy"; rename it in the configuration']);
  });

  it('changes the named settings and gives the changed policy its own version', () => {
    const { policy } = read({ policy: { production: { strategy: 'canary', limits: { errorRatePercent: 1 } } } });

    expect(policy).toEqual({
      ...guidePolicy,
      version: expect.stringMatching(/^storefront-[0-9a-f]{12}$/),
      production: { ...guidePolicy.production, strategy: 'canary', limits: { ...guidePolicy.production.limits, errorRatePercent: 1 } },
    });
    expect(policy.version).not.toBe(read({ policy: { production: { strategy: 'a-b' } } }).policy.version);
    expect(read({ policy: { version: 'bank-7' } }).policy.version).toBe('bank-7');
  });

  it.each([
    [{ policy: { production: { strategi: 'canary' } } }, /strategi/],
    [{ policy: { staging: { approval: { quorum: 2 } } } }, /only production has approvers/],
    [{ policy: { production: { approval: { quorum: 3 } } } }, /the quorum is 3, but only 2 different approver/],
    [approvedBy(2, 'a@acme.example', 'A@acme.example'), /the quorum is 2, but only 1 different approver/],
    [approvedBy(1, 'a@acme.example', 'A@acme.example'), /A@acme.example is the same approver as a@acme.example/],
    [approvedBy(1, 'the team lead'), /the team lead is not a mail address/],
    [{ channels: [room] }, /no approver would get a link to answer/],
    [{ channels: [room, { ...server, tools: ['send_google_chat_webhook'] }] }, /no approver would get a link to answer/],
    [{ policy: { production: { strategy: 'a-b', holdbackPercent: 50 } } }, /50 % leave no step to compare at a split of 50 %/],
    [{ policy: { production: { bakeSeconds: 200 } } }, /the steps bake for 600 s and may take 600 s/],
    [{ policy: { production: { strategy: 'a-b', splitSeconds: 86_400 } } }, /makes 2952 polls, and an execution has room for 1466/],
    [{ policy: { staging: { lockWaitSeconds: 86_401 } } }, /a release waits for its lock for 86400 s at most/],
    [{ policy: { production: { validationTimeoutSeconds: 841 } } }, /one Lambda validates, and has 840 s/],
    [{ policy: { production: { strategy: 'a-b' } }, targets: onEcs(60) }, /a step can take 3900 s, and ECS would roll back at 60 min/],
    [{ colour: 'red' }, /colour/],
    [{ repositoryTokenSecret: 'sluice/storefront/chat' }, /sluice\/git\//],
    [{ approvers: { production: [] } }, /approvers/],
  ])('names the wrong setting when it refuses an application: %#', (more, message) => {
    expect(() => read(more)).toThrow(message);
  });

  it('accepts mail and MCP channels, and the stored form still accepts what registration refuses today', () => {
    expect(read({ channels: [room, { kind: 'mail' }] }).channels).toHaveLength(2);
    expect(read({ channels: [room, server] }).channels[1]).toMatchObject({ tools: ['send_google_chat_webhook', 'stage_email'] });
    const stored = { ...read(), channels: [room], approvers: { production: ['Lead', 'lead'] } };

    expect(applicationSchema.parse(stored).channels).toEqual([room]);
  });
});
