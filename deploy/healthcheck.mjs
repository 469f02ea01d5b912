/** Exits with 0 when the service of this container answers that it lives. */
const port =
  process.env.APP === 'gateway' ? (process.env.ORION_HTTP_PORT ?? 8080) : (process.env.ORION_HEALTH_PORT ?? 8081);

try {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(2_500) });
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
