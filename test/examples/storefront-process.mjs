const { handler } = await import(process.argv[2]);

process.on('message', async (event) => {
  if (event === 'stop') return process.disconnect();
  const startedMs = performance.now();
  const { statusCode, body } = await handler(event);
  process.send({ status: statusCode, body, durationMs: performance.now() - startedMs });
});
process.send('ready');
