import type { OpenAPIHono } from '@hono/zod-openapi';
import { throughputMinutes } from '../../../services/read-today.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { todayPage } from '../../pages/console/today-page.ts';
import { pickLanguage } from '../../pages/language.ts';
import { signInPage } from '../../pages/sign-in-page.ts';
import { consoleModel } from './console.ts';

const binMs = throughputMinutes * 60_000;
const bins = 36;

/** The first page: today, or the way in. */
export function todayRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.get('/', async (c) => {
    if (c.get('admin') === undefined) {
      const language = pickLanguage(c.req.header('accept-language'));
      const ended = c.get('signIn') === 'ended';
      return c.html(signInPage({ language, simulated: deps.simulated, error: null, ended, to: '/' }));
    }
    const [model, today] = [await consoleModel(c, deps), await deps.watch.read()];
    const byBin = new Map(today.throughput.map((bin) => [bin.startsAt.getTime(), bin]));
    const last = Math.floor(today.at.getTime() / binMs) * binMs;
    const throughput = Array.from({ length: bins }, (_, index) => {
      const at = last - (bins - 1 - index) * binMs;
      const bin = byBin.get(at);
      return { at: new Date(at).toISOString(), read: bin?.read ?? 0, failed: bin?.failed ?? 0 };
    });
    const { requestsPerMinute } = deps;
    return c.html(todayPage({ ...model, today, requestsPerMinute, throughput, throughputMinutes }));
  });
}
