/** The key under which a browser reads one request, where the live rows do not hold it. */
export function requestKey(requestId: string): readonly string[] {
  return ["requests", requestId];
}

/** The key under which a browser reads a request's record, as of one version of the request. */
export function requestRecordKey(requestId: string, version: string): readonly string[] {
  return ["requests", requestId, "record", version];
}
