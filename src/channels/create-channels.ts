import type { Clock } from '../clock.ts';
import type { NoticeConfig } from '../config.ts';
import type { NoticeChannel } from '../domain/notice-kind.ts';
import type { Channel } from './channel.ts';
import { createEmailChannel } from './email.ts';
import { createWebhookChannel } from './webhook.ts';

/** Those that are configured. Opens nothing. */
export async function createChannels(
  config: { notices: NoticeConfig; publicUrl: string },
  clock: Clock,
): Promise<Partial<Record<NoticeChannel, Channel>>> {
  const { webhook, email } = config.notices;
  return {
    ...(webhook && { webhook: createWebhookChannel({ ...webhook, clock }) }),
    ...(email && { email: await createEmailChannel({ ...email, publicUrl: config.publicUrl }) }),
  };
}
