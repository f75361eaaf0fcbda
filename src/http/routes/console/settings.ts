import type { OpenAPIHono } from '@hono/zod-openapi';
import { getSettings } from '../../../services/read-settings.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { settingsPage } from '../../pages/console/settings-page.ts';
import { consoleModel } from './console.ts';

/** What is configured, for admins. */
export function settingsRoutes(app: OpenAPIHono<{ Variables: AdminVariables }>, deps: GuardedDependencies): void {
  app.get('/settings', async (c) => {
    const [model, settings] = await Promise.all([consoleModel(c, deps), getSettings(deps)]);
    return c.html(settingsPage({ ...model, settings }));
  });
}
