import { randomBytes } from 'node:crypto';
import { digestFragment, type Link } from './approval-link.ts';
import type { HttpRequest } from './http-request.ts';
import { isOurNonce, type LinkPorts, signNonce } from './links.flow.ts';

/** Spelt as `freshForm` does: KMS answers with an error to what is empty or long, which would say more than that the form is stale. */
const NONCE = /^[\w-]{22}$/;
const PROOF = /^[^.]+\.[\w-]{43}$/;
const RENDERED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export type FormState = 'answered' | 'stale' | 'blank' | 'mistyped';

/** Makes what a form carries, so that only a page which we rendered for this link can be sent back. */
export async function freshForm(ports: LinkPorts, link: Link, error?: string) {
  const nonce = randomBytes(16).toString('base64url');
  const renderedAt = ports.now().toISOString();
  return { nonce, renderedAt, proof: await signNonce(ports, link, renderedAt, nonce), ...(error && { error }) };
}

/** Says whether a form is one of ours, which it stays as long as its link lives, and has the characters that a person types. */
export async function stateOf(ports: LinkPorts, form: URLSearchParams, link: Link, digest: string): Promise<FormState> {
  const field = (name: string) => form.get(name) ?? '';
  const isSpeltAsOurs = PROOF.test(field('proof')) && NONCE.test(field('nonce')) && RENDERED.test(field('rendered'));
  if (!isSpeltAsOurs || !(await isOurNonce(ports, link, field('rendered'), field('nonce'), field('proof')))) return 'stale';
  const typed = field('fragment').trim().toLowerCase();
  if (!typed) return 'blank';
  return typed === digestFragment(digest) ? 'answered' : 'mistyped';
}

/** What the record says of a typo. */
export const MISTYPED = 'the six characters do not match the artefact';
const mismatch = 'The six characters do not match the artefact. Nothing was decided; please type them again.';
export const mistakes: Readonly<Record<Exclude<FormState, 'answered'>, string>> = {
  stale: 'This form is out of date. Nothing was decided; please answer again.',
  blank: mismatch,
  mistyped: mismatch,
};

export const formOf = ({ body = '', isBase64Encoded }: HttpRequest): URLSearchParams =>
  new URLSearchParams(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body);
