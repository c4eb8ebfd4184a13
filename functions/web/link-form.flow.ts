import { randomBytes } from 'node:crypto';
import { digestFragment, type Link } from './approval-link.ts';
import type { HttpRequest } from './http-request.ts';
import { isOurNonce, type LinkPorts, signNonce } from './links.flow.ts';

/** The spelling of `freshForm`. KMS throws on an empty MAC or a long text, and that would reveal more than `stale`. */
const NONCE = /^[\w-]{22}$/;
const PROOF = /^[^.]+\.[\w-]{43}$/;
const RENDERED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export type FormState = 'answered' | 'stale' | 'blank' | 'mistyped';

/** Makes the hidden fields of a form. Sluice accepts only a form that it rendered for this link. */
export async function freshForm(ports: LinkPorts, link: Link, error?: string) {
  const nonce = randomBytes(16).toString('base64url');
  const renderedAt = ports.now().toISOString();
  return { nonce, renderedAt, proof: await signNonce(ports, link, renderedAt, nonce), ...(error && { error }) };
}

/** Says if a form is ours and has the typed characters. A form is valid as long as its link. */
export async function stateOf(ports: LinkPorts, form: URLSearchParams, link: Link, digest: string): Promise<FormState> {
  const field = (name: string) => form.get(name) ?? '';
  const isSpeltAsOurs = PROOF.test(field('proof')) && NONCE.test(field('nonce')) && RENDERED.test(field('rendered'));
  if (!isSpeltAsOurs || !(await isOurNonce(ports, link, field('rendered'), field('nonce'), field('proof')))) return 'stale';
  const typed = field('fragment').trim().toLowerCase();
  if (!typed) return 'blank';
  return typed === digestFragment(digest) ? 'answered' : 'mistyped';
}

/** The reason that the audit row of a typo holds. */
export const MISTYPED = 'the six characters do not match the artifact';
const mismatch = 'The six characters do not match the artifact. Nothing was decided. Please type them again.';
export const mistakes: Readonly<Record<Exclude<FormState, 'answered'>, string>> = {
  stale: 'This form is out of date. Nothing was decided. Please answer again.',
  blank: mismatch,
  mistyped: mismatch,
};

export const formOf = ({ body = '', isBase64Encoded }: HttpRequest): URLSearchParams =>
  new URLSearchParams(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body);
