import { apiFuzz } from './api-fuzz.ts';
import { budget } from './budget.ts';
import { databaseAway } from './database-away.ts';
import { drain } from './drain.ts';
import { everyDoor } from './every-door.ts';
import { everyZone } from './every-zone.ts';
import type { Experiment } from './experiment.ts';
import { failpoints } from './failpoints.ts';
import { faultyTiktok } from './faulty-tiktok.ts';
import { killWorkers } from './kill-workers.ts';
import { leakScan } from './leak-scan.ts';
import { missedTicks } from './missed-ticks.ts';
import { oauthAttacks } from './oauth-attacks.ts';
import { oneRefresher } from './one-refresher.ts';
import { postgresTrouble } from './postgres-trouble.ts';
import { rawSockets } from './raw-sockets.ts';
import { reconnectVerdict } from './reconnect-verdict.ts';
import { refreshCrashes } from './refresh-crashes.ts';
import { rotateUnderLoad } from './rotate-under-load.ts';
import { staleWorker } from './stale-worker.ts';
import { tampering } from './tampering.ts';
import { tiktokDown } from './tiktok-down.ts';

/** In the order of the table. */
export const experiments: readonly Experiment[] = [
  refreshCrashes,
  databaseAway,
  rotateUnderLoad,
  killWorkers,
  failpoints,
  oneRefresher,
  staleWorker,
  postgresTrouble,
  drain,
  tampering,
  everyDoor,
  apiFuzz,
  rawSockets,
  leakScan,
  oauthAttacks,
  everyZone,
  missedTicks,
  budget,
  faultyTiktok,
  tiktokDown,
  reconnectVerdict,
];
