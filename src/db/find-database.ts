/**
 * The database an entry works on: the one named, else PostgreSQL from npm under .data/, so that one command is enough.
 * Throws when nothing is named and nothing can be started.
 */
export async function findDatabase(url: string | null): Promise<{ url: string; stop(): Promise<void> }> {
  if (url !== null) return { url, stop: async () => undefined };
  const { startEmbeddedPostgres } = await import('./embedded-postgres.ts');
  const server = await startEmbeddedPostgres({ dataDir: '.data/postgres', databases: ['harian'] });
  return { url: server.url('harian'), stop: server.stop };
}
