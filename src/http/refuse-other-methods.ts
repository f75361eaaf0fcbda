import type { OpenAPIHono } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import type { AdminVariables } from './admin-variables.ts';

/** A known path asked with another method is told which ones it knows. */
export function refuseOtherMethods(app: OpenAPIHono<{ Variables: AdminVariables }>): void {
  const methodsByPath = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const methods = methodsByPath.get(path) ?? new Set();
    methodsByPath.set(path, methods.add(method));
    if (method === 'GET') methods.add('HEAD');
  }
  for (const [path, methods] of methodsByPath) {
    const Allow = [...methods].sort().join(', ');
    app.all(path, () => {
      throw new AppError('METHOD_NOT_ALLOWED', `This path answers ${Allow} only.`, { Allow });
    });
  }
}
