import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { KnownVideo, Presence } from '../domain/video-presence.ts';
import type { Database } from './client.ts';
import { stores, videos } from './schema.ts';

type KnownRow = [videoId: string, presence: Presence, since: string | null, askedOn: string | null];

/**
 * A column for a statement that looks up a store: the videos that its list should have, longest unasked first, at most
 * `limit`. Those that are gone are not among them.
 */
export const knownVideos = (limit: Placeholder): SQL<KnownVideo[]> =>
  sql<KnownVideo[]>`(
    select coalesce(json_agg(json_build_array(video_id, presence, presence_since, asked_on)), '[]')
    from (
      select video_id, presence, presence_since, asked_on from ${videos} v
      where v.store_code = ${stores.storeCode} and presence <> 'gone'
      order by asked_on nulls first, video_id limit ${limit}) as known)`.mapWith((rows: KnownRow[]) =>
    rows.map(([videoId, presence, since, askedOn]) => ({ videoId, presence, since, askedOn })),
  );

/** Writes down what became of videos, one statement for all of them; none for none. */
export async function updatePresences(tx: Database, storeCode: string, changes: readonly KnownVideo[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(sql`
    update videos v set presence = c.presence, presence_since = c.since, asked_on = c."askedOn"
    from json_to_recordset(${JSON.stringify(changes)}::json) as c("videoId" text, presence text, since date, "askedOn" date)
    where v.store_code = ${storeCode} and v.video_id = c."videoId"`);
}
