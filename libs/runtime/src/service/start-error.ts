/** Why a service cannot start, in words by which whoever starts it can mend it: they are shown the message alone. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
