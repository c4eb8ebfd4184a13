import type { HttpReply } from './http-request.ts';
import { pageHeaders } from './page-headers.ts';

/** Replies with a page and the headers of every page. */
export const reply = (statusCode: number, body: string): HttpReply => ({
  statusCode,
  body,
  headers: { ...pageHeaders },
});
