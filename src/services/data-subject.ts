import type { Database } from '../db/client.ts';
import { findAccount, listAccountsByOpenId, type TikTokAccount } from '../db/tiktok-accounts.ts';
import { AppError } from '../errors.ts';
import { storeNotFound } from './read-stores.ts';

/** Whose data: all of a store, or all of one TikTok account, in whichever stores it was. */
export type DataSubject = { storeCode: string } | { openId: string };

/** The stores concerned, by code, and the accounts in them. The store named may be gone. */
export async function findSubject(
  db: Database,
  subject: DataSubject,
): Promise<{ storeCodes: string[]; accounts: TikTokAccount[] }> {
  if ('storeCode' in subject) {
    const account = await findAccount(db, subject.storeCode);
    return { storeCodes: [subject.storeCode], accounts: account ? [account] : [] };
  }
  const accounts = await listAccountsByOpenId(db, subject.openId);
  return { storeCodes: accounts.map(({ storeCode }) => storeCode), accounts };
}

export const subjectNotFound = (subject: DataSubject): AppError =>
  'storeCode' in subject
    ? storeNotFound()
    : new AppError(
        'ACCOUNT_NOT_FOUND',
        'No store is or was connected to a TikTok account with this open_id: nothing was erased. Check the id.',
      );
