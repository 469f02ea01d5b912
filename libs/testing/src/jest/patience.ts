/** Tests with real services may take longer than Jest's five seconds on a busy machine; their waits are bounded anyway. */
jest.setTimeout(60_000);
