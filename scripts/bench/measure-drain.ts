import { singleCallAccounts } from './accounts.ts';
import { median } from './figures.ts';
import { concurrency, type Rig } from './rig.ts';
import { beginDay, drainDay, insertStores } from './stores.ts';

const rounds = 3;
const jobMs = 300;

export interface DrainFigures {
  jobs: number;
  idealSeconds: number;
  /** One for each round. */
  seconds: number[];
  /** Of the median. */
  ratio: number;
}

/** How long the worker's slots take for jobs that each wait 300 ms for TikTok, against those waits alone. */
export async function measureDrain(rig: Rig, say: (progress: string) => void): Promise<DrainFigures> {
  const codes = singleCallAccounts.map((account) => account.openId);
  const idealSeconds = ((codes.length / concurrency) * jobMs) / 1000;
  await insertStores(rig, codes);
  await rig.simulator.configure({ latencyMs: jobMs });
  const seconds: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await beginDay(rig, codes, { expired: false });
    const drained = await drainDay(rig, codes.length, 0);
    seconds.push(drained.seconds);
    say(`drain, round ${round} of ${rounds}: ${drained.seconds.toFixed(2)} s`);
  }
  await rig.simulator.configure({ latencyMs: 0 });
  return { jobs: codes.length, idealSeconds, seconds, ratio: median(seconds) / idealSeconds };
}
