/** What a call of the control endpoint is answered with when it cannot be done. */
export class AdminError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
