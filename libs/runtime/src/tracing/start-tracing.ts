import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import {
  context,
  diag,
  DiagLogLevel,
  propagation,
  trace,
  type Attributes,
  type Context,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { logger } from '../logging/logger';

export const TRACE_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export interface TracingOptions {
  readonly service: string;
  readonly version: string;
  /** Base URL of an OTLP/HTTP receiver; spans go to `<endpoint>/v1/traces`. Without it nothing is exported. */
  readonly endpoint?: string | undefined;
  /** Headers for the receiver, as `name=value` separated by commas. */
  readonly headers?: string | undefined;
  readonly sampler?: (typeof TRACE_SAMPLERS)[number] | undefined;
  /** Share of traces that the ratio samplers keep, from 0 to 1. */
  readonly sampleRatio?: number | undefined;
  /** Further attributes of the resource, such as the site that an agent serves. */
  readonly attributes?: Attributes | undefined;
}

export interface Tracing {
  /** Runs `fn` so that spans begun in it, also after awaits, belong to this service. */
  run<T>(fn: () => T): T;
  /** Sends what is buffered, for at most two seconds, and ends the export. */
  stop(): Promise<void>;
}

const STOP_MS = 2_000;
const scope = new AsyncLocalStorage<BasicTracerProvider>();
const started: BasicTracerProvider[] = [];
let registered = false;

/**
 * Starts tracing for one service. Several may run in one process: a span belongs to the service whose `run` surrounds it,
 * else to the one started last. Without an endpoint spans have ids, for logs and answers, but cost next to nothing.
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  registerGlobally();
  const provider = await createProvider(options);
  started.push(provider);
  return {
    run: (fn) => scope.run(provider, fn),
    stop: async () => {
      started.splice(started.indexOf(provider), 1);
      await Promise.race([provider.shutdown(), delay(STOP_MS, undefined, { ref: false })]);
    },
  };
}

async function createProvider(options: TracingOptions): Promise<BasicTracerProvider> {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.version,
      'service.instance.id': randomUUID(),
      'host.name': hostname(),
      'process.pid': process.pid,
      ...options.attributes,
    }),
    sampler: options.endpoint === undefined ? new AlwaysOffSampler() : samplerOf(options),
    spanProcessors: options.endpoint === undefined ? [] : [await exportTo(options.endpoint, options.headers)],
  });
}

/** The exporter takes longer to load than all else of tracing, so it is loaded only when there is something to export to. */
async function exportTo(endpoint: string, headers: string | undefined): Promise<SpanProcessor> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return new BatchSpanProcessor(
    new OTLPTraceExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
      headers: parseHeaders(headers),
      timeoutMillis: STOP_MS,
    }),
    { scheduledDelayMillis: 1_000, exportTimeoutMillis: STOP_MS, maxQueueSize: 8_192, maxExportBatchSize: 512 },
  );
}

function parseHeaders(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), decodeURIComponent(value.join('=').trim())];
    }),
  );
}

function samplerOf({ sampler = 'parentbased_always_on', sampleRatio = 1 }: TracingOptions): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(sampleRatio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) });
  }
}

function registerGlobally(): void {
  if (registered) return;
  registered = true;
  const log = logger('tracing');
  diag.setLogger(
    {
      error: (message, ...rest: unknown[]) => log.warn('Cannot export spans', { reason: message, details: rest }),
      warn: (message) => log.warn('Tracing warns', { reason: message }),
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    DiagLogLevel.WARN,
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new ScopedTracerProvider());
}

/** Hands each span to the service that runs now. Libraries may keep the tracers they got: nothing in them is bound. */
class ScopedTracerProvider implements TracerProvider {
  getTracer(name: string, version?: string): Tracer {
    const active = (): Tracer => (scope.getStore() ?? started.at(-1) ?? idle).getTracer(name, version);
    return {
      startSpan: (spanName: string, options?: SpanOptions, parent?: Context) =>
        active().startSpan(spanName, options, parent),
      startActiveSpan: (spanName: string, ...rest: unknown[]): never => {
        const tracer = active();
        // The overloads of `startActiveSpan` differ in what comes after the name; all of it is passed on as it came.
        return Reflect.apply(tracer.startActiveSpan, tracer, [spanName, ...rest]) as never;
      },
    };
  }
}

/** For spans that are begun when no service runs, for instance between two tests. */
const idle: Pick<BasicTracerProvider, 'getTracer'> = new BasicTracerProvider({ sampler: new AlwaysOffSampler() });
