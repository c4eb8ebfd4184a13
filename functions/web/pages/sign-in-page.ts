import { html, page } from './html.ts';

/** Says that a link is for another person than the signed-in one. Shows nothing about the deployment. */
export function wrongPersonPage(signedInAs: string, approver?: string): string {
  return page(
    'This link is for another person (Sluice)',
    html`<h1>This link is for another person</h1><p class="lede">You are signed in as ${signedInAs}.${approver !== undefined && ` The link was sent to ${approver}.`} Nothing was decided.</p>
<p class="card">Each approver has their own link. If you are an approver too, use the link in your message.</p>`,
  );
}

/** Asks a person to sign in, if the policy of the environment asks for more than a link. */
export function signInPage(signInUrl?: string): string {
  return page(
    'Sign in to answer (Sluice)',
    html`<h1>Sign in to answer</h1><p class="lede">The policy of this environment asks approvers to sign in. A link alone is not enough. Nothing was decided.</p>
${signInUrl === undefined ? html`<p class="card">Sign in with your organization, then open the link in your message again.</p>` : html`<p class="card"><a class="jump" href="${signInUrl}">Sign in</a></p>`}`,
  );
}

/** Says that Sluice could not use a sign-in, and that the person made no mistake. */
export function signInFailedPage(why: 'unreachable' | 'too-large'): string {
  const failed = {
    unreachable: {
      heading: 'Sluice cannot verify who you are',
      what: 'The sign-in of your organization does not reply. Nothing was decided. Please try again in a minute.',
    },
    'too-large': {
      heading: 'Your sign-in is too large',
      what: 'A browser keeps at most 4 KB of a sign-in. Nothing was decided. Ask the administrators of your sign-in to leave groups out of its id_token.',
    },
  }[why];
  return page(`${failed.heading} (Sluice)`, html`<h1>${failed.heading}</h1><p class="lede">${failed.what}</p>`);
}
