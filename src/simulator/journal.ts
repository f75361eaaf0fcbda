import type { Endpoint } from './endpoints.ts';
import type { FaultKind } from './faults.ts';
import type { Reply } from './reply.ts';
import type { AccountNumbers, VideoNumbers } from './world.ts';

const VIDEOS_PER_ENTRY = 10;
const FORGOTTEN_AT_ONCE = 1000;

/** Only the counters that were asked for and answered. */
export type AnsweredVideo = { id: string } & Partial<VideoNumbers>;

/** One request and its answer. Tokens appear as SHA-256 alone. */
export interface JournalEntry {
  seq: number;
  /** ISO 8601 UTC, when the request came, on the simulator's clock. */
  at: string;
  endpoint: Endpoint | 'authorize';
  logId: string;
  openId: string | null;
  grantId: string | null;
  /** Of the token that was sent: bearer, refresh or revoked token. */
  tokenHash: string | null;
  /** Of the pair that was made, also when its answer was lost. */
  issuedHashes: { access: string; refresh: string } | null;
  /** Null when no HTTP status was sent. */
  status: number | null;
  /** `error.code` or the OAuth `error`; null on success and where the body is not JSON. */
  errorCode: string | null;
  /** The simulator's own reason, such as `refresh spent`. */
  detail: string | null;
  fault: FaultKind | null;
  /** False when the caller cannot have read the whole answer as JSON (or, for revoke, at all). */
  delivered: boolean;
  /** The cursor sent, ms; null for the first page. */
  cursor: number | null;
  hasMore: boolean | null;
  user: Partial<AccountNumbers> | null;
  videosReturned: AnsweredVideo[];
}

/** What an endpoint finds out about a request while it answers it. */
export type Trace = Pick<
  JournalEntry,
  'at' | 'endpoint' | 'logId' | 'openId' | 'grantId' | 'tokenHash' | 'issuedHashes' | 'detail' | 'fault' | 'cursor'
>;

/** A ring: beyond `limit()` entries, or ten times as many videos, the oldest are forgotten. */
export function createJournal(limit: () => number) {
  let entries: JournalEntry[] = [];
  let first = 0;
  let videos = 0;
  let nextSeq = 1;

  return {
    record(trace: Trace, reply: Reply, callerGone: boolean): void {
      const entry: JournalEntry = { seq: nextSeq++, ...trace, ...summary(reply, trace.endpoint, callerGone) };
      entries.push(entry);
      videos += entry.videosReturned.length;
      while (entries.length - first > limit() || videos > limit() * VIDEOS_PER_ENTRY) {
        videos -= entries[first]?.videosReturned.length ?? 0;
        first += 1;
      }
      if (first >= FORGOTTEN_AT_ONCE) {
        entries = entries.slice(first);
        first = 0;
      }
    },
    /** Oldest first, those with a `seq` above `after`, at most `count`. */
    entries(after = 0, count = Number.POSITIVE_INFINITY): JournalEntry[] {
      const kept = entries.length - first;
      const skipped = Math.max(0, after - (nextSeq - 1 - kept));
      return entries.slice(first + skipped, Math.min(entries.length, first + skipped + count));
    },
    /** The last `seq` given out; 0 before the first. */
    lastSeq: () => nextSeq - 1,
    /** Forgets the entries; `seq` goes on. */
    clear(): void {
      entries = [];
      first = 0;
      videos = 0;
    },
  };
}

export type Journal = ReturnType<typeof createJournal>;

type Summary = Pick<JournalEntry, 'status' | 'errorCode' | 'delivered' | 'hasMore' | 'user' | 'videosReturned'>;

function summary(reply: Reply, endpoint: JournalEntry['endpoint'], callerGone: boolean): Summary {
  const nothing = { errorCode: null, delivered: false, hasMore: null, user: null, videosReturned: [] };
  switch (reply.kind) {
    case 'reset':
    case 'hang':
      return { ...nothing, status: null };
    case 'huge':
      return { ...nothing, status: 200 };
    case 'cut':
      return { ...nothing, status: reply.status };
    case 'text': {
      const expected = (endpoint === 'revoke' && reply.text === '') || endpoint === 'authorize';
      return { ...nothing, status: reply.status, delivered: expected && !callerGone };
    }
    case 'json': {
      const { error, data } = reply.body as { error?: unknown; data?: AnsweredData };
      return {
        status: reply.status,
        errorCode: errorCodeOf(error),
        delivered: !callerGone,
        hasMore: data?.has_more ?? null,
        user: data?.user ? pick(data.user, ['follower_count', 'following_count', 'likes_count', 'video_count']) : null,
        videosReturned: (data?.videos ?? []).map((video) =>
          pick(video, ['id', 'view_count', 'like_count', 'comment_count', 'share_count']),
        ),
      };
    }
  }
}

interface AnsweredData {
  user?: Partial<AccountNumbers>;
  videos?: AnsweredVideo[];
  has_more?: boolean;
}

function errorCodeOf(error: unknown): string | null {
  if (typeof error === 'string') return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && code !== 'ok' ? code : null;
}

function pick<Source extends object>(source: Source, names: readonly (keyof Source)[]): Source {
  return Object.fromEntries(names.filter((name) => name in source).map((name) => [name, source[name]])) as Source;
}
