export * from './bus-messages';
export * from './command-id';
export * from './messages';
export * from './patterns';
export * from './payloads';
export { checkReply, checkRequest, isKnownCommand, type Checked } from './validators';
