/** What one probe of a version returned; no response at all counts as status 502. */
export interface ProbeResponse {
  readonly status: number;
  readonly body: string;
  readonly durationMs: number;
}
