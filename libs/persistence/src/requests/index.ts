export * from './idempotency-store';
export * from './job-request-store';
