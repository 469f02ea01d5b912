export * from './event-read-store';
export * from './job-read-store';
