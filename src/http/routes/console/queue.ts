import type { OpenAPIHono } from '@hono/zod-openapi';
import { cancelJob, retryJob } from '../../../services/control-jobs.ts';
import { getJobHistory } from '../../../services/read-job-history.ts';
import { getJob } from '../../../services/read-jobs.ts';
import { getQueueLists } from '../../../services/read-queue-lists.ts';
import { shareLook } from '../../../services/share-look.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import type { GuardedDependencies, HttpDependencies } from '../../dependencies.ts';
import { audited } from '../../middleware/audit-changes.ts';
import { jobPage } from '../../pages/console/job-page.ts';
import { jobAddress, queuePage } from '../../pages/console/queue-page.ts';
import { jobTexts } from '../../pages/console/texts/job.ts';
import { pickLanguage } from '../../pages/language.ts';
import { jobParams } from '../../schemas.ts';
import { askFirst, change, consoleModel } from './console.ts';
import { parse } from './form.ts';

/** As often as the console looks at anything. */
const lookMs = 2_000;

/** The queue, and one job of it. */
export function queueRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  const readLists = shareLook(() => getQueueLists(deps), lookMs);
  app.get('/queue', async (c) => {
    const [model, { queue }, lists] = await Promise.all([consoleModel(c, deps), deps.watch.read(), readLists()]);
    return c.html(queuePage({ ...model, queue, lists }));
  });
  app.get('/jobs/:id', async (c) => {
    const { id } = parse(jobParams, c.req.param());
    const [model, history] = await Promise.all([consoleModel(c, deps), getJobHistory(deps, id)]);
    return c.html(jobPage({ ...model, history }));
  });

  const changeJob = (said: 'cancelled' | 'retried', work: (own: HttpDependencies, id: string) => Promise<void>) =>
    change(deps, 'queue', async (c, form) => {
      const { id } = parse(jobParams, c.req.param());
      const { storeCode } = await getJob(deps.db, id);
      if (said === 'cancelled') {
        const { cancel, cancelConfirm } = jobTexts[pickLanguage(c.req.header('accept-language'))];
        const question = cancelConfirm(storeCode);
        const asked = await askFirst(c, deps, form, { section: 'queue', title: cancel, question, word: cancel });
        if (asked) return asked;
      }
      await audited(c, deps, { storeCode, target: id }, (own) => work(own, id));
      return { to: jobAddress(id), said, of: storeCode };
    });
  app.post('/jobs/:id/cancel', changeJob('cancelled', cancelJob));
  app.post('/jobs/:id/retry', changeJob('retried', retryJob));
}
