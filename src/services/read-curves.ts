import { countAccountDays, countVideoDays } from '../db/growth.ts';
import { type AgedCounter, listAgedCounters } from '../db/video-curves.ts';
import { type CurvePoint, curvePoint, type Quartiles, type Standing, standingOf } from '../domain/video-curve.ts';
import type { Freshness } from './read-growth.ts';
import { getStoreAndVideo } from './read-numbers.ts';
import { getStore, type ReadDependencies } from './read-stores.ts';

const everyDay = { from: '0001-01-01', to: '9999-12-31' };

/** What is known of each counter at one age. */
export type AtAge<Point> = Record<AgedCounter['counter'], Point> & Pick<AgedCounter, 'ageDays'>;

/** What the store's videos have at an age; null: none has a reading around it. */
export interface TypicalPoint {
  typical: Quartiles | null;
  /** How many of them have a value at that age. */
  videos: number;
}

/** What one of them has, and where it stands; null: it has no value, or none of them has. */
export interface VideoPoint extends TypicalPoint, CurvePoint {
  standing: Standing | null;
}

/** `at`: the moment at which it was that old; null: nobody knows when it was posted. */
export type VideoAge = AtAge<VideoPoint> & { at: Date | null };

/** What a store's videos come to with age. Throws STORE_NOT_FOUND. */
export async function getTypicalCurve(
  deps: ReadDependencies,
  storeCode: string,
): Promise<{ ages: AtAge<TypicalPoint>[]; freshness: Freshness }> {
  const [{ nextSyncAt }, rows, known] = await Promise.all([
    getStore(deps, storeCode),
    listAgedCounters(deps.db, storeCode, null),
    countAccountDays(deps.db, storeCode, everyDay),
  ]);
  return { ages: byAge(rows, (row) => row), freshness: { ...known, nextSyncAt } };
}

/** What a video came to with age, and how it stands among the others. Throws STORE_NOT_FOUND or VIDEO_NOT_FOUND. */
export async function getVideoCurve(
  deps: ReadDependencies,
  storeCode: string,
  videoId: string,
): Promise<{ postedAt: Date | null; ages: VideoAge[]; freshness: Freshness }> {
  const [{ video, nextSyncAt }, rows, known] = await Promise.all([
    getStoreAndVideo(deps, storeCode, videoId),
    listAgedCounters(deps.db, storeCode, videoId),
    countVideoDays(deps.db, storeCode, videoId, everyDay),
  ]);
  const { postedAt } = video;
  const nowMs = deps.clock.now().getTime();
  const momentOf = (ageDays: number) => postedAt && new Date(postedAt.getTime() + ageDays * 86_400_000);
  const ages = byAge(rows, ({ own, typical, videos, ageDays }): VideoPoint => {
    const read = curvePoint(own, momentOf(ageDays)?.getTime() ?? null, nowMs);
    const isKept = read.value === null && own.value !== null;
    const point: CurvePoint = isKept ? { ...read, value: own.value, quality: 'interpolated', missing: null } : read;
    const standing = point.value !== null && typical ? standingOf(point.value, own.above, typical.median) : null;
    return { ...point, typical, videos, standing };
  });
  return {
    postedAt,
    ages: ages.map((age) => ({ ...age, at: momentOf(age.ageDays) })),
    freshness: { ...known, nextSyncAt },
  };
}

function byAge<Point>(rows: readonly AgedCounter[], toPoint: (row: AgedCounter) => Point): AtAge<Point>[] {
  return [...Map.groupBy(rows, (row) => row.ageDays)].map(([ageDays, counters]) => ({
    ...(Object.fromEntries(counters.map((row) => [row.counter, toPoint(row)])) as Record<
      AgedCounter['counter'],
      Point
    >),
    ageDays,
  }));
}
