import { randomUUID } from 'node:crypto';
import { createChannels } from '../src/channels/create-channels.ts';
import { systemClock } from '../src/clock.ts';
import { ConfigError, parseConfig } from '../src/config.ts';
import { noticeChannels } from '../src/domain/notice-kind.ts';

// Sends a notice to wherever notices go, and says in a line for each what came of it. Needs no database. Exits 1 when one
// did not get out, 2 when there is nowhere to send it to.

async function main(): Promise<number> {
  const config = parseConfig(process.env);
  const channels = await createChannels(config, systemClock);
  const notice = {
    id: randomUUID(),
    at: systemClock.now(),
    kind: 'test' as const,
    text: {
      title: 'Harian can reach you here',
      lines: ['This is a test. There is nothing to do.', `${config.publicUrl}/`],
    },
    data: {},
  };
  let [sent, failed] = [0, 0];
  for (const name of noticeChannels) {
    const channel = channels[name];
    if (!channel) continue;
    const result = await channel.send(notice, AbortSignal.any([]));
    sent++;
    if (result.outcome === 'delivered') {
      console.log(`${name}: delivered`);
      continue;
    }
    failed++;
    console.error(`${name}: not delivered: ${[result.errorCode, result.httpStatus].filter(Boolean).join(' ')}`);
  }
  if (sent > 0) return failed > 0 ? 1 : 0;
  console.error('Nothing is configured: set NOTICE_WEBHOOK_URL, or NOTICE_EMAIL_TO, NOTICE_EMAIL_FROM and SMTP_URL.');
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
