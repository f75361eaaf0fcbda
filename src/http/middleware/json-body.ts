import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';

/** A body that is not JSON is refused, by its type or when it is read, also where none is needed. Without one no type matters. */
export const jsonBody: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type');
  const length = c.req.header('content-length');
  const hasBody = (length !== undefined && length !== '0') || c.req.header('transfer-encoding') !== undefined;
  if (!hasBody) return next();
  if (!/^application\/json\s*(;|$)/i.test(type ?? '')) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as JSON, with Content-Type: application/json.');
  }
  await c.req.json().catch(refuseBody);
  return next();
};

function refuseBody(error: unknown): never {
  // The reading itself may have been refused, as too large.
  if (error instanceof SyntaxError) throw new AppError('INVALID_REQUEST', 'The body is not valid JSON: check it.');
  throw error;
}
