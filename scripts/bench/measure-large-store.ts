import { largeAccount } from './accounts.ts';
import { memoryOf } from './process-stats.ts';
import type { Rig } from './rig.ts';
import { beginDay, drainDay, insertStores } from './stores.ts';

export interface LargeStore {
  videos: number;
  /** The store's first day, on which every video is new, and its next. */
  firstSeconds: number;
  nextSeconds: number;
  /** The worker's resident memory before and at its highest; null without /proc. */
  idleMb: number | null;
  peakMb: number | null;
}

/** One store with 2,000 videos, read twice by a worker of its own, so that its peak is nobody else's. */
export async function measureLargeStore(rig: Rig): Promise<LargeStore> {
  const { openId, videoCount: videos = 0 } = largeAccount;
  await insertStores(rig, [openId]);
  const worker = await rig.startApp('worker');
  const idle = await memoryOf(worker.pid);
  const seconds: number[] = [];
  for (let day = 1; day <= 2; day += 1) {
    await beginDay(rig, [openId], { expired: false });
    seconds.push((await drainDay(rig, 1, videos)).seconds);
  }
  const end = await memoryOf(worker.pid);
  await worker.end();
  const [firstSeconds = 0, nextSeconds = 0] = seconds;
  return { videos, firstSeconds, nextSeconds, idleMb: idle?.nowMb ?? null, peakMb: end?.peakMb ?? null };
}
