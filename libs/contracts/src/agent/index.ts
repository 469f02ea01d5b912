export * from './command-id';
export * from './messages';
export * from './patterns';
export * from './payloads';
