/** What a use case answers when it is more than a body with the route's usual status. */
export class Answer<T> {
  constructor(
    readonly status: number,
    readonly body: T,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** Something now exists. */
export function created<T extends { readonly id: string }>(
  path: string,
  body: T,
  headers: Record<string, string> = {},
): Answer<T> {
  return new Answer(201, body, { location: `${path}/${body.id}`, ...headers });
}

/** A job will do it; progress is read from the job. */
export function accepted<T extends { readonly job: { readonly id: string } }>(body: T): Answer<T> {
  return new Answer(202, body, { location: `/jobs/${body.job.id}` });
}

/** The entity tag of a version that rises with each change. */
export function etagOf(version: number): string {
  return `"${version}"`;
}
