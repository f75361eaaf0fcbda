import type { Database } from '../db/client.ts';
import type { NoticeChannel } from '../domain/notice-kind.ts';

/** What services need of the queue of messages; jobs/ builds it on pg-boss. */
export interface NoticeQueue {
  /** Inside the transaction handed in: the message's job is there as soon as its matters are. */
  insert(tx: Database, messages: readonly { id: string; channel: NoticeChannel }[]): Promise<void>;
}
