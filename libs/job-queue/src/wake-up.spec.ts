import { parseWakeUp } from './wake-up';

const jobId = '0b8f6a3e-6a55-4a43-9a4b-5f4c2b9d1e01';

test('a wake-up is read whatever else it carries', () => {
  expect(parseWakeUp({ jobId, traceparent: 'x', more: 1 })).toEqual({ jobId, traceparent: 'x' });
});

test.each([undefined, null, 'text', {}, { jobId: 7 }, { jobId: "'; DROP TABLE job" }])('%j is no wake-up', (data) => {
  expect(() => parseWakeUp(data)).toThrow(TypeError);
});
