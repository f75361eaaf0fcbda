import type { NoticeKind } from '../domain/notice-kind.ts';
import type { NoticeText } from '../domain/notice-text.ts';

/** A notice ready to go. `id` and `at` are the same however often it is sent. */
export interface OutgoingNotice {
  id: string;
  at: Date;
  kind: NoticeKind | 'test';
  text: NoticeText;
  /** For machines; plain JSON. */
  data: object;
}

/** `gone`: the receiver wants nothing more, so this one is not sent again. */
export type SendResult =
  | { outcome: 'delivered'; httpStatus: number | null }
  | { outcome: 'failed' | 'gone'; errorCode: string; httpStatus: number | null };

/** One way to the outside. Never throws; ends within 20 s, or at once when `signal` aborts. */
export interface Channel {
  send(notice: OutgoingNotice, signal: AbortSignal): Promise<SendResult>;
}
