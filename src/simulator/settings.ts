import { z } from 'zod';

/** What can be changed while the simulator runs. Where TikTok's behaviour is not established, both answers can be chosen. */
export const settingsSchema = z.strictObject({
  latencyMs: z.int().min(0).max(600_000),
  /** Per Display API endpoint in a sliding minute (tiktok-api.md, section 8). */
  requestsPerMinute: z.int().min(1),
  accessTokenLifeSeconds: z.int().min(1),
  refreshTokenLifeSeconds: z.int().min(1),
  /** HTTP status of OAuth errors: not established, 200 and 400 were both seen. */
  oauthErrorStatus: z.int().min(200).max(599),
  /** False is the older regime in which the refresh token may stay the same. */
  rotateAlways: z.boolean(),
  /** video/query for an id that is not there. TODO: check official docs */
  missingVideos: z.enum(['omit', 'fail']),
  /** video/query for a video that is private: answered, or as one that is not there. TODO: check official docs */
  privateVideos: z.enum(['answer', 'omit']),
  /** What revoking one access token ends. TODO: check official docs */
  revokeEnds: z.enum(['grant', 'person']),
  journalLimit: z.int().min(1),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Current regime of tiktok-api.md, sections 1 and 8. */
export const defaultSettings: Settings = {
  latencyMs: 0,
  requestsPerMinute: 600,
  accessTokenLifeSeconds: 2 * 3600,
  refreshTokenLifeSeconds: 180 * 86_400,
  oauthErrorStatus: 400,
  rotateAlways: true,
  missingVideos: 'omit',
  privateVideos: 'answer',
  revokeEnds: 'grant',
  journalLimit: 50_000,
};

export const settingsChangeSchema = settingsSchema.partial();

export type SettingsChange = z.input<typeof settingsChangeSchema>;

/** The settings with the change laid over them; what is absent stays. Throws a ZodError for a value out of its bounds. */
export function mergeSettings(before: Settings, change: SettingsChange): Settings {
  const names = settingsSchema.keyof().options;
  return settingsSchema.parse(Object.fromEntries(names.map((name) => [name, change[name] ?? before[name]])));
}
