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
  /** Further members of its own, such as what is still open. */
  more?: object;
}

/** Body of a problem; `type` is a URN because no public page describes the kinds. */
export function problemBody(problem: Problem): string {
  const { status, title, detail, code, more } = problem;
  return JSON.stringify({
    ...more,
    type: `urn:outage-center:problem:${code}`,
    title,
    status,
    detail,
    code,
  });
}

export function problemResponse(problem: Problem): Response {
  return new Response(problemBody(problem), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json', ...problem.headers },
  });
}

/** The answer to fields that make no sense. */
export const notUnderstood = (detail: string): Problem => ({
  status: 400,
  title: 'Not understood',
  code: 'not_understood',
  detail,
});
