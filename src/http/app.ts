import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { except } from 'hono/combine';
import { COMPRESSIBLE_CONTENT_TYPE_REGEX, compress } from 'hono/compress';
import { AppError } from '../errors.ts';
import { createFailureLimit } from '../services/limit-failures.ts';
import { createFleetWatch } from '../services/watch-fleet.ts';
import { createSignInWatch } from '../services/watch-sign-ins.ts';
import type { AdminVariables } from './admin-variables.ts';
import type { HttpDependencies } from './dependencies.ts';
import { createErrorHandler } from './error-handler.ts';
import { answerOnce } from './middleware/answer-once.ts';
import { auditChanges } from './middleware/audit-changes.ts';
import { conditionalGet } from './middleware/conditional-get.ts';
import { enforcePolicies } from './middleware/enforce-policies.ts';
import { jsonBody } from './middleware/json-body.ts';
import { requestLog } from './middleware/request-log.ts';
import { secretAddress, securityHeaders } from './middleware/security-headers.ts';
import { requirePolicies } from './policies.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import { adminKeyRoutes } from './routes/admin-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { connectRoutes } from './routes/connect.ts';
import { auditPageRoutes } from './routes/console/audit.ts';
import { keyPageRoutes } from './routes/console/keys.ts';
import { liveRoutes } from './routes/console/live.ts';
import { logRoutes } from './routes/console/log.ts';
import { queueRoutes } from './routes/console/queue.ts';
import { sessionRoutes } from './routes/console/session.ts';
import { settingsRoutes } from './routes/console/settings.ts';
import { storePageRoutes } from './routes/console/store.ts';
import { storeBulkRoutes } from './routes/console/store-bulk.ts';
import { storeChangeRoutes } from './routes/console/store-changes.ts';
import { storesRoutes } from './routes/console/stores.ts';
import { todayRoutes } from './routes/console/today.ts';
import { curveRoutes } from './routes/curves.ts';
import { docsRoutes } from './routes/docs.ts';
import { erasureRoutes } from './routes/erasures.ts';
import { exportRoutes } from './routes/export.ts';
import { growthRoutes } from './routes/growth.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { numberRoutes } from './routes/numbers.ts';
import { publicFileRoutes } from './routes/public-files.ts';
import { reportRoutes } from './routes/reports.ts';
import { storeRoutes } from './routes/stores.ts';
import { webhookRoutes } from './routes/webhook.ts';
import { feedRoutes } from './routes/webhooks.ts';

const maxBodyBytes = 64 * 1024;

/** As Hono says, and exports as lines of JSON. */
const isCompressible = (type: string) =>
  COMPRESSIBLE_CONTENT_TYPE_REGEX.test(type) || type.startsWith('application/x-ndjson');

/** The whole HTTP side. Throws when a public file is missing, and PolicyError naming a route without a policy. */
export async function createApp(options: HttpDependencies): Promise<OpenAPIHono<{ Variables: AdminVariables }>> {
  const deps = {
    ...options,
    failures: createFailureLimit(options),
    watch: createFleetWatch(options),
    signIns: createSignInWatch(options),
  };
  const app = new OpenAPIHono<{ Variables: AdminVariables }>({
    defaultHook: (result) => {
      if (result.success) return;
      const [issue] = result.error.issues;
      const where = issue?.path.join('.') || result.target;
      throw new AppError('INVALID_REQUEST', `${where}: ${issue?.message ?? 'is not valid'}`);
    },
  });
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new AppError('PAYLOAD_TOO_LARGE', `The body is too large: send at most ${maxBodyBytes / 1024} KiB.`);
    },
  });
  const onError = createErrorHandler(deps);
  app.onError(onError);
  // Outermost, so that it has the last word on its headers.
  app.use('/connect/*', secretAddress);
  app.use('/oauth/*', secretAddress);
  app.use(compress({ contentTypeFilter: isCompressible }));
  app.use(securityHeaders({ https: deps.publicUrl.startsWith('https:'), tiktokOrigin: deps.tiktokOrigin }));
  app.use(requestLog(deps));
  app.use('/api/*', conditionalGet);
  app.use('/openapi.json', conditionalGet);
  app.use(auditChanges(deps));
  // The signature of a webhook covers its body, so that is read first; under /api nobody's body is, before it is known whose.
  app.use(except('/api/*', limit));
  app.use(enforcePolicies(deps));
  app.use('/api/*', limit, jsonBody, answerOnce(deps));
  app.use('/stores/bulk', answerOnce(deps));

  storeRoutes(app, deps);
  jobRoutes(app, deps);
  const reading = { ...deps, db: deps.readDb };
  numberRoutes(app, reading);
  growthRoutes(app, reading);
  curveRoutes(app, reading);
  reportRoutes(app, reading);
  exportRoutes(app, reading);
  adminKeyRoutes(app, deps);
  auditRoutes(app, deps);
  erasureRoutes(app, deps);
  feedRoutes(app, deps);
  metricsRoutes(app, deps);
  sessionRoutes(app, deps);
  liveRoutes(app, deps);
  todayRoutes(app, deps);
  storesRoutes(app, deps);
  storeBulkRoutes(app, deps);
  storeChangeRoutes(app, deps);
  queueRoutes(app, deps);
  logRoutes(app, deps);
  auditPageRoutes(app, deps);
  keyPageRoutes(app, deps);
  settingsRoutes(app, deps);
  storePageRoutes(app, deps);
  // Sub-apps by type only: these routes know no admin.
  const open: OpenAPIHono = app as never;
  healthRoutes(open, deps);
  webhookRoutes(open, deps);
  connectRoutes(open, deps);
  await publicFileRoutes(open);
  docsRoutes(open, deps);
  requirePolicies(app.routes);
  refuseOtherMethods(app);
  app.notFound((c) => onError(new AppError('NOT_FOUND', 'There is nothing here: see /docs for what there is.'), c));
  return app;
}
