export * from './allocation-store';
export * from './command-store';
export * from './dispatch-store';
export * from './fact-store';
export * from './job-store';
export * from './plan-store';
export * from './step-store';
export * from './sweep-store';
