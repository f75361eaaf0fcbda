import type { Defect } from './experiment.ts';

// Mistakes that people make in the way of a sync; more than one experiment has to notice some of them.

const closing = 'isPlain ? await close(db, false, null).then(() => result)';

export const withoutTransaction: Defect = {
  name: 'what a run read is written without a transaction',
  file: 'src/services/sync-store.ts',
  find: closing,
  replace: `isPlain
    ? await closeRun(db, { ...end(false, null), listed: [], completes: null })
        .then(() => sleep(50))
        .then(() => closeRun(db, end(false, null)))
        .then(() => result)`,
};

export const withoutHeartbeat: Defect = {
  name: 'jobs have no heartbeat',
  file: 'src/jobs/queues.ts',
  find: 'expireInSeconds: 1_800,\n    heartbeatSeconds: 10,',
  replace: 'expireInSeconds: 1_800,',
};

export const usedBeforeKept: Defect = {
  name: 'a new pair is used before it is kept',
  file: 'src/services/keep-pair.ts',
  find: 'const first = storeRefreshedPair(db, pair).then(',
  replace: `void sleep(400).then(() => storeRefreshedPair(deps.db, pair)).catch(() => undefined);
  return true;
  const first = storeRefreshedPair(db, pair).then(`,
};

export const withoutRetry: Defect = {
  name: 'a job whose worker died is not tried again',
  file: 'src/jobs/queues.ts',
  find: 'retryLimit: maxAttempts - 1,',
  replace: 'retryLimit: 0,',
};

export const keepsFirstNumbers: Defect = {
  name: 'numbers of a day that are there already are not renewed',
  file: 'src/db/close-run.ts',
  find: `on conflict (store_code, video_id, snapshot_date) do update set
        view_count = coalesce(excluded.view_count, d.view_count),
        like_count = coalesce(excluded.like_count, d.like_count),
        comment_count = coalesce(excluded.comment_count, d.comment_count),
        share_count = coalesce(excluded.share_count, d.share_count),
        captured_at = excluded.captured_at`,
  replace: 'on conflict do nothing',
};

export const withoutIntent: Defect = {
  name: 'a refresh leaves no word before it asks',
  file: 'src/db/tiktok-accounts.ts',
  find: "refreshState: 'IN_FLIGHT',",
  replace: "refreshState: 'IDLE',",
};

export const linkOutsideTransaction: Defect = {
  name: 'a link is used up outside the transaction that connects',
  file: 'src/services/complete-connect.ts',
  find: 'useLink(tx, state.linkHash, now)',
  replace: 'useLink(deps.db, state.linkHash, now)',
};

export const claimNotChecked: Defect = {
  name: 'a run that lost its job writes all the same',
  file: 'src/db/close-run.ts',
  find: 'is null or exists (select from ended)',
  replace: 'is null or true',
};

export const settledById: Defect = {
  name: 'a job is ended by its id alone',
  file: 'src/db/close-run.ts',
  find: "sql.placeholder('retryCount')}::int`",
  replace: "sql.placeholder('retryCount')}::int * 0 + retry_count`",
};

export const errorNotFenced: Defect = {
  name: 'a run that broke off writes its day down, whoever has the job',
  file: 'src/services/sync-store.ts',
  find: 'await settle(deps, tx, claim, settlement);\n      });',
  replace: 'await deps.queue.settle(tx, claim, settlement);\n      });',
};

export const endOutsideTransaction: Defect = {
  name: 'the end of a run is written outside its transaction',
  file: 'src/services/sync-store.ts',
  find: closing,
  replace: `isPlain
    ? await closeRun(db, { ...end(false, null), completes: null })
        .then(() => closeRun(db, end(false, null)))
        .then(() => result)`,
};
