export { FakeClock } from './waiting/fake-clock';
export { waitFor, waitUntil, WaitTimeoutError, type WaitOptions } from './waiting/wait-for';
