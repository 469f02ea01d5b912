import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { registerTestResource } from '../jest/test-resources';
import { waitUntil, type WaitOptions } from '../waiting/wait-for';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly service: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  readonly startMs: number;
  readonly endMs: number;
}

export interface SpanCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  spans(traceId?: string): readonly CollectedSpan[];
  /** Waits until the spans of a trace are as `accept` wants them. Services send theirs about once a second. */
  waitFor(
    traceId: string,
    accept: (spans: readonly CollectedSpan[]) => boolean,
    options?: WaitOptions,
  ): Promise<readonly CollectedSpan[]>;
}

/** Receives spans as an OpenTelemetry collector would (OTLP over HTTP, JSON). Ends with the test file. */
export async function collectSpans(): Promise<SpanCollector> {
  const collected: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        collected.push(...parseExport(body));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      },
      () => response.writeHead(400).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registerTestResource({
    dispose: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  const spans = (traceId?: string): readonly CollectedSpan[] =>
    collected.filter((span) => traceId === undefined || span.traceId === traceId);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    waitFor: (traceId, accept, options) =>
      waitUntil(() => spans(traceId), accept, { describe: `the spans of trace ${traceId}`, ...options }),
  };
}

/** Tells whether spans form one tree: exactly one root, and every other span's parent among them. */
export function isOneTree(spans: readonly CollectedSpan[]): boolean {
  const ids = new Set(spans.map((span) => span.spanId));
  return spans.filter((span) => !ids.has(span.parentSpanId)).length === 1;
}

/** A trace as indented text, for failure messages. */
export function drawTree(spans: readonly CollectedSpan[], parentSpanId?: string, depth = 0): string {
  const ids = new Set(spans.map((span) => span.spanId));
  return spans
    .filter((span) => (parentSpanId === undefined ? !ids.has(span.parentSpanId) : span.parentSpanId === parentSpanId))
    .map((span) => `${'  '.repeat(depth)}${span.service}: ${span.name}\n${drawTree(spans, span.spanId, depth + 1)}`)
    .join('');
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
}
interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}
interface OtlpExport {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

function parseExport(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as OtlpExport;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource?.attributes?.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => collectedSpan(span, service)));
  });
}

function collectedSpan(span: OtlpSpan, service: string): CollectedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: span.name,
    service,
    attributes: plain(span.attributes),
    failed: span.status?.code === 2,
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
  };
}

function plain(attributes: readonly OtlpAttribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: OtlpValue): unknown {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plainValue);
  return (
    value.stringValue ??
    value.boolValue ??
    value.doubleValue ??
    (value.intValue === undefined ? undefined : Number(value.intValue))
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
