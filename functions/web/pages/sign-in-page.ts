import { html, page } from './html.ts';

/** Says that a link belongs to somebody other than the person who signed in; nothing of the deployment is shown. */
export function wrongPersonPage(signedInAs: string, approver?: string): string {
  return page(
    'This link is for somebody else (Sluice)',
    html`<h1>This link is for somebody else</h1><p class="lede">You are signed in as ${signedInAs}.${approver !== undefined && ` The link was sent to ${approver}.`} Nothing was decided.</p>
<p class="card">Each approver answers by a link of their own. If you are an approver too, use the one in your message.</p>`,
  );
}

/** Asks a person to sign in, where the environment's policy wants more than a link. */
export function signInPage(signInUrl?: string): string {
  return page(
    'Sign in to answer (Sluice)',
    html`<h1>Sign in to answer</h1><p class="lede">This environment’s policy wants to know who answers; a link alone is not enough. Nothing was decided.</p>
${signInUrl === undefined ? html`<p class="card">Sign in where your organisation signs in, then open the link of your message again.</p>` : html`<p class="card"><a class="jump" href="${signInUrl}">Sign in</a></p>`}`,
  );
}

/** Says that a sign-in could not be used, which is no fault of the person's. */
export function signInFailedPage(why: 'unreachable' | 'too-large'): string {
  const failed = {
    unreachable: {
      heading: 'We cannot verify who you are now',
      what: 'Your organisation’s sign-in does not answer. Nothing was decided; please try again in a minute.',
    },
    'too-large': {
      heading: 'Your sign-in is too large',
      what: 'Your browser keeps no more than 4 KB of it. Nothing was decided; ask whoever runs your sign-in to leave groups out of its id_token.',
    },
  }[why];
  return page(`${failed.heading} (Sluice)`, html`<h1>${failed.heading}</h1><p class="lede">${failed.what}</p>`);
}
