import pg from 'pg';
import { connectionSettings, startPatience } from './client.ts';

/**
 * True when a transaction pooler stands between us and PostgreSQL: session locks would not hold through it.
 * While a second session sits in a transaction, a direct first session keeps its backend and shares it with nobody.
 */
export async function isBehindTransactionPooler(url: string): Promise<boolean> {
  const [first, second] = [0, 1].map(
    () => new pg.Client({ ...connectionSettings(url, 'harian-probe'), ...startPatience }),
  ) as [pg.Client, pg.Client];
  const backendOf = async (client: pg.Client) =>
    (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
  for (const client of [first, second]) client.on('error', () => undefined);
  try {
    await first.connect();
    await second.connect();
    const before = await backendOf(first);
    await second.query('begin');
    const other = await backendOf(second);
    const after = await backendOf(first);
    await second.query('rollback');
    return before !== after || before === other;
  } finally {
    await Promise.allSettled([first.end(), second.end()]);
  }
}
