import type { HttpReply } from './http-request.ts';
import { pageHeaders } from './page-headers.ts';

/** Replies with a page with the headers that every page has. */
export const reply = (statusCode: number, body: string): HttpReply => ({
  statusCode,
  body,
  headers: { ...pageHeaders },
});
