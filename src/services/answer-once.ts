import type { Clock } from '../clock.ts';
import { equalInConstantTime, sha256 } from '../crypto/hash.ts';
import type { Database } from '../db/client.ts';
import {
  answerClaim,
  claimKey,
  findKey,
  type IdempotencyKey,
  type KeyClaim,
  releaseClaim,
} from '../db/idempotency-keys.ts';
import { AppError } from '../errors.ts';
import { errorCodeOf, type Logger } from '../logger.ts';

export interface FirstAnswer {
  status: number;
  /** JSON. */
  body: string;
  location: string | null;
}

/** A request that is the first with its key. One of both is called once it was answered; neither rejects. */
export interface FirstRequest {
  /** `keepsBody: false`: it holds a secret, so whoever repeats the request is only told that it was done. */
  answered(answer: FirstAnswer & { keepsBody: boolean; storeCode: string | null }): Promise<void>;
  /** It came to nothing, and may be tried again with the same key. */
  failed(): Promise<void>;
}

interface Dependencies {
  db: Database;
  clock: Clock;
  logger: Logger;
}

const keptMs = 24 * 3_600_000;
/** Longer than any request takes: its process is gone, and nobody knows how far it came. */
const abandonedMs = 120_000;

/**
 * Of the requests of one admin's key with the same Idempotency-Key the first is carried out, the others get its answer.
 * Throws IDEMPOTENCY_KEY_IN_USE while it is under way, IDEMPOTENCY_KEY_REUSED for another request, ALREADY_DONE where
 * the answer was not kept.
 */
export async function claimRequest(
  deps: Dependencies,
  request: { adminKeyId: string; route: string; key: string; address: string; body: string },
): Promise<FirstRequest | FirstAnswer> {
  const nowMs = deps.clock.now().getTime();
  const claim = {
    adminKeyId: request.adminKeyId,
    keyHash: hashOf(request.route, request.key),
    requestHash: hashOf(request.address, request.body),
    claimedAt: new Date(nowMs),
  };
  const bounds = { forgottenAt: new Date(nowMs - keptMs), abandonedAt: new Date(nowMs - abandonedMs) };
  if (await claimKey(deps.db, claim, bounds)) return firstRequest(deps, claim);
  const found = await findKey(deps.db, claim);
  if (found && !equalInConstantTime(found.requestHash, claim.requestHash)) throw reused();
  return answerOf(found);
}

const hashOf = (...parts: string[]): Buffer => sha256(JSON.stringify(parts));

const reused = () =>
  new AppError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key came with another request before: take a new one for every request.',
  );

/** Undefined: its first request came to nothing in this very moment. */
function answerOf(found: IdempotencyKey | undefined): FirstAnswer {
  if (!found || found.status === null) {
    throw new AppError(
      'IDEMPOTENCY_KEY_IN_USE',
      'A request with this Idempotency-Key is under way: repeat it in a moment.',
      { 'Retry-After': '1' },
    );
  }
  const { status, body, location } = found;
  if (body === null) {
    throw new AppError(
      'ALREADY_DONE',
      'This was done when the Idempotency-Key came first; its answer is not kept. Where it held a link or a key, make another one.',
    );
  }
  return { status, body, location };
}

function firstRequest(deps: Dependencies, claim: KeyClaim): FirstRequest {
  // The change is made, or is not: that its answer cannot be kept alters nothing for who asked.
  const settle = (work: Promise<void>) =>
    work.catch((error: unknown) => {
      deps.logger.warn('answer of an idempotent request not kept', { error_code: errorCodeOf(error) });
    });
  return {
    answered: ({ status, body, location, keepsBody, storeCode }) =>
      settle(answerClaim(deps.db, claim, { status, body: keepsBody ? body : null, location, storeCode })),
    failed: () => settle(releaseClaim(deps.db, claim)),
  };
}
