import { z } from 'zod';

/** What some kinds of fault read; each kind says in `faults.ts` what it does with them. */
export const faultParametersSchema = z.strictObject({
  retryAfterSeconds: z.int().min(0).optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  code: z.string().optional(),
  status: z.int().min(200).max(599).optional(),
  fields: z.array(z.string()).optional(),
  location: z.url().optional(),
  bytes: z
    .int()
    .min(1)
    .max(2 ** 30)
    .optional(),
  drop: z.enum(['reset', 'hang']).optional(),
});

export type FaultParameters = z.infer<typeof faultParametersSchema>;
