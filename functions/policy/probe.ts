/** The response of a version to one probe. No response at all counts as status 502. */
export interface ProbeResponse {
  readonly status: number;
  readonly body: string;
  readonly durationMs: number;
}
