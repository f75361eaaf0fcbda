import { z } from 'zod';

/** The four scopes this project asks for (tiktok-api.md, section 2). */
export const scopes = ['user.info.basic', 'user.info.profile', 'user.info.stats', 'video.list'] as const;

export const scopeSchema = z.enum(scopes);

export type Scope = z.infer<typeof scopeSchema>;
