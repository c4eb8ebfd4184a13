import type { HttpReply } from './http-request.ts';
import { pageHeaders } from './page-headers.ts';

/** Answers a page with the headers that every page has. */
export const answer = (statusCode: number, body: string): HttpReply => ({
  statusCode,
  body,
  headers: { ...pageHeaders },
});
