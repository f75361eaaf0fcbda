import { context, trace } from '@opentelemetry/api';

const endMs = 2_000;

/**
 * Sends spans to where OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS` and the
 * rest). Null where its packages are not installed: nobody who does not trace carries them. `end` sends what is left, within 2 s.
 */
export async function startTracing(roles: readonly string[]): Promise<{ end(): Promise<void> } | null> {
  const packages = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/resources'),
  ]).catch(() => null);
  if (packages === null) return null;
  const [
    sdk,
    { OTLPTraceExporter },
    { AsyncLocalStorageContextManager },
    { envDetector, detectResources, resourceFromAttributes },
  ] = packages;
  const resource = resourceFromAttributes({ 'service.name': 'harian', 'harian.roles': [...roles] }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const provider = new sdk.BasicTracerProvider({
    resource,
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return {
    async end() {
      const patience = new Promise<void>((done) => setTimeout(done, endMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), patience]);
    },
  };
}
