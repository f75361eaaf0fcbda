import { equalInConstantTime, hmacSha256 } from '../crypto/hash.ts';

export type WebhookVerification = { ok: true; timestampSeconds: number } | { ok: false };

export interface SignedWebhook {
  /** The `TikTok-Signature` header, `t=<unix s>,s=<hex>`; a missing one is refused. */
  header: string | null | undefined;
  /** The body exactly as it came, before any parsing. */
  rawBody: string | Uint8Array;
  clientSecret: string;
}

const MAX_HEADER_LENGTH = 512;
const REFUSED: WebhookVerification = { ok: false };

/**
 * Checks `s = HMAC-SHA256(client_secret, t + "." + raw body)` in constant time (webhooks-verification).
 * Says nothing of age: how old a webhook may be is not established, so the caller judges by `create_time`.
 */
export function verifyWebhookSignature({ header, rawBody, clientSecret }: SignedWebhook): WebhookVerification {
  if (!header || header.length > MAX_HEADER_LENGTH || clientSecret === '') return REFUSED;
  const { timestamp, signature } = parseHeader(header);
  if (timestamp === null || signature === null) return REFUSED;
  const expected = hmacSha256(clientSecret, [`${timestamp}.`, rawBody]);
  if (!equalInConstantTime(expected, Buffer.from(signature, 'hex'))) return REFUSED;
  return { ok: true, timestampSeconds: Number(timestamp) };
}

/** Takes any order, spaces and unknown parts; a part that comes twice is ambiguous and counts as missing. */
function parseHeader(header: string): { timestamp: string | null; signature: string | null } {
  const parts = header.split(',').map((part) => part.trim());
  const only = (pattern: RegExp, name: string): string | null => {
    const values = parts
      .filter((part) => part.startsWith(`${name}=`))
      .map((part) => part.slice(name.length + 1).trim());
    const [value] = values;
    return values.length === 1 && value !== undefined && pattern.test(value) ? value : null;
  };
  return { timestamp: only(/^\d{1,12}$/, 't'), signature: only(/^[0-9a-f]{64}$/i, 's') };
}
