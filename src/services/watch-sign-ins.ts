import type { Clock } from '../clock.ts';
import { sha256 } from '../crypto/hash.ts';
import { listEndedSignIns } from '../db/admin-keys.ts';
import type { Database } from '../db/client.ts';
import { errorCodeOf, type Logger } from '../logger.ts';
import { createBeat } from './beat.ts';

/** What somebody is in with: a key, and the session that was begun with it, if it is one. */
export interface SignIn {
  keyId: string;
  sessionToken: string | null;
}

/** Tells of sign-ins that are over, wherever that was done: by one look at the database for all of this process. */
export interface SignInWatch {
  /** `onEnd` is called once, at the first look after the end. Returns how to stop. */
  subscribe(signIn: SignIn, onEnd: () => void): () => void;
}

const intervalMs = 10_000;

export function createSignInWatch(deps: {
  db: Database;
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
}): SignInWatch {
  const watched = new Set<{ keyId: string; sessionHash: Buffer | null; onEnd: () => void }>();

  const look = async () => {
    const asked = [...watched];
    try {
      for (const index of await listEndedSignIns(deps.db, asked, deps.clock.now())) {
        const one = asked[index];
        if (one && watched.delete(one)) one.onEnd();
      }
    } catch (error) {
      // Nobody is sent away because the database is.
      deps.logger.warn('sign-ins not looked at', { error_code: errorCodeOf(error) });
    }
  };
  const keepLooking = createBeat({
    intervalMs,
    isWanted: () => watched.size > 0 && !deps.stopping.aborted,
    beat: look,
  });

  return {
    subscribe({ keyId, sessionToken }, onEnd) {
      const one = { keyId, sessionHash: sessionToken === null ? null : sha256(sessionToken), onEnd };
      watched.add(one);
      keepLooking();
      return () => void watched.delete(one);
    },
  };
}
