/** RFC 9457 problem details, the form in which machines get an error. */
export interface Problem {
  status: number;
  /** Short name of the kind of problem, the same for every occurrence. */
  title: string;
  /** What was wrong with this request and what to do about it. */
  detail: string;
  /** Machine-readable name of the kind, e.g. `bad_signature`. */
  code: string;
  headers?: Record<string, string>;
}

/** Body of a problem; `type` is a URN because no public page describes the kinds. */
export function problemBody(problem: Problem): string {
  const { status, title, detail, code } = problem;
  return JSON.stringify({ type: `urn:outage-center:problem:${code}`, title, status, detail, code });
}

export function problemResponse(problem: Problem): Response {
  return new Response(problemBody(problem), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...problem.headers },
  });
}
