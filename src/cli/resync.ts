import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, take } from './ask.ts';
import type { Invocation } from './invocation.ts';
import { Failure, NoAnswer, Refused } from './problems.ts';
import { createProgress, type Progress } from './progress.ts';

const pollMs = 1_000;
/** How often in a row nothing is answered before it is given up: a restart of Harian takes less. */
const patience = 30;

type Job = Awaited<ReturnType<typeof readJob>>;
const readJob = (api: Api, id: string) => take(api.jobs[':id'].$get({ param: { id } }));

/** The job as it is once asked for, or with `wait` as it ended. Throws Failure when it did not end well. */
export async function resync(
  api: Api,
  { terminal, signal }: Invocation,
  { storeCode, wait }: { storeCode: string; wait: boolean },
): Promise<Job> {
  const id = await startedJob(api, storeCode, wait, (text) => terminal.say(text));
  if (!wait) return readJob(api, id);
  const progress = createProgress(terminal, await lastVideoCount(api, storeCode));
  const hint = () => {
    progress.end();
    terminal.say(`The job goes on without you: harian resync ${storeCode} --wait follows it again.`);
  };
  signal.addEventListener('abort', hint, { once: true });
  const job = await follow(api, id, signal, progress);
  signal.removeEventListener('abort', hint);
  progress.end();
  if (job.state === 'completed') return job;
  throw new Failure(
    `The job ${job.state === 'cancelled' ? 'was cancelled' : `failed: ${job.error?.code ?? 'unknown'}`} (${id}).`,
  );
}

/** Somebody else may have asked for it a moment ago: who waits is as well served by that one. */
async function startedJob(api: Api, storeCode: string, wait: boolean, say: (text: string) => void): Promise<string> {
  try {
    return (await take(api.stores[':store_code'].resync.$post({ param: { store_code: storeCode } }))).job.id;
  } catch (error) {
    const running = error instanceof Refused && error.code === 'SYNC_IN_PROGRESS' ? error.location : null;
    const id = running?.split('/').at(-1);
    if (!wait || id === undefined) throw error;
    say('A sync of this store is under way already: waiting for that one.');
    return id;
  }
}

async function follow(api: Api, id: string, signal: AbortSignal, progress: Progress): Promise<Job> {
  for (let silent = 0; ; ) {
    try {
      const job = await readJob(api, id);
      silent = 0;
      progress.show(job);
      if (job.finished_at !== null) return job;
    } catch (error) {
      if (!(error instanceof NoAnswer) || signal.aborted || silent >= patience) throw error;
      silent += 1;
    }
    await sleep(pollMs, undefined, { signal });
  }
}

/** Of the last reading: about as many will come now. Null when nobody knows. */
async function lastVideoCount(api: Api, storeCode: string): Promise<number | null> {
  const param = { store_code: storeCode };
  const { last_snapshot_date: day } = await take(api.stores[':store_code'].$get({ param }));
  if (day === null) return null;
  const { items } = await take(api.stores[':store_code'].daily.$get({ param, query: { from: day, limit: '1' } }));
  return items[0]?.video_count ?? null;
}
