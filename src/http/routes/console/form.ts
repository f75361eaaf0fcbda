import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { AppError } from '../../../errors.ts';

const fieldLimit = 16;
const formType = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/** The fields of a form, each text once. Throws UNSUPPORTED_MEDIA_TYPE for what is no form. */
export async function readForm(c: Context): Promise<Record<string, string>> {
  if (!formType.test(c.req.header('content-type') ?? 'application/x-www-form-urlencoded')) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Use the form on the page.');
  }
  const body = await c.req.parseBody().catch(() => ({}));
  return Object.fromEntries(
    Object.entries(body)
      .slice(0, fieldLimit)
      .filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

/** Throws INVALID_REQUEST naming the first field that is wrong. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('INVALID_REQUEST', [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
}
