import { setTimeout as sleep } from 'node:timers/promises';
import { errorCodeOf } from '../logger.ts';
import type { Channel, OutgoingNotice } from './channel.ts';

export interface EmailOptions {
  smtpUrl: string;
  from: string;
  to: readonly string[];
  /** The mail names it as where it comes from. */
  publicUrl: string;
  /** In all, and longer than for a webhook: a mail that is given up may be delivered all the same, and comes again. */
  mailTimeoutMs?: number;
}

const stepTimeoutMs = 10_000;

/** Plain text, one connection per message. A password is sent over TLS only, but for a server on this machine. */
export async function createEmailChannel(options: EmailOptions): Promise<Channel> {
  // Only where mail is sent: a process that sends none starts without it.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(transportOptions(options.smtpUrl));
  const { mailTimeoutMs = 18_000 } = options;
  return {
    async send(notice, signal) {
      const giveUp = new AbortController();
      try {
        const timedOut = sleep(mailTimeoutMs, undefined, {
          signal: AbortSignal.any([signal, giveUp.signal]),
          ref: false,
        });
        const ending = timedOut.then(
          () => 'TIMEOUT',
          () => 'ABORTED',
        );
        const code = await Promise.race([transport.sendMail(mailOf(notice, options)).then(() => null), ending]);
        const httpStatus = null;
        return code === null
          ? { outcome: 'delivered', httpStatus }
          : { outcome: 'failed', errorCode: code, httpStatus };
      } catch (error) {
        return { outcome: 'failed', errorCode: errorCodeOf(error), httpStatus: null };
      } finally {
        giveUp.abort();
      }
    },
  };
}

/** How to reach the server; port 587, or 465 for smtps, when none is named. */
export function transportOptions(smtpUrl: string) {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = ['localhost', '127.0.0.1', '::1'].includes(host);
  const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...(url.username === '' ? {} : { auth, requireTLS: !isHere }),
    connectionTimeout: stepTimeoutMs,
    greetingTimeout: stepTimeoutMs,
    socketTimeout: stepTimeoutMs,
    dnsTimeout: stepTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** `Message-ID` is made of the notice's id: a mailbox knows a repetition by it. */
function mailOf({ id, at, text }: OutgoingNotice, { from, to, publicUrl }: EmailOptions) {
  return {
    from: { name: 'Harian', address: from },
    to: [...to],
    subject: text.title,
    text: `${[text.title, '', ...text.lines].join('\n')}\n\n-- \nHarian, ${publicUrl}\n`,
    messageId: `<${id}@${new URL(publicUrl).hostname}>`,
    date: at,
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
