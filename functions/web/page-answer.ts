import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { pageHeaders } from './page-headers.ts';

/** Answers a page with the headers that every page has. */
export const answer = (statusCode: number, body: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  body,
  headers: { ...pageHeaders },
});
