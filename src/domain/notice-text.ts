import { explainReason } from './explain-reason.ts';
import { dayEnd } from './notice-due.ts';
import type { NoticeKind } from './notice-kind.ts';
import { localDay } from './snapshot-day.ts';

export interface NoticeStore {
  storeCode: string;
  name: string;
  timezone: string;
  statusReason: string | null;
  refreshExpiresAt: Date | null;
  /** The local day at risk; null for the other kinds. */
  day: string | null;
}

/** One message about one or many stores: all are counted, the first ones listed. */
export interface Notice {
  kind: NoticeKind;
  count: number;
  stores: readonly NoticeStore[];
}

/** Plain text; `lines` say what to do next and end with where. */
export interface NoticeText {
  title: string;
  lines: string[];
}

/** A name is whatever an admin typed: it must not break a line. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
const nameOf = ({ name, storeCode }: NoticeStore) => `${oneLine(name)} (${storeCode})`;

export const storeUrl = (publicUrl: string, storeCode: string): string => `${publicUrl}/stores/${storeCode}`;

/** In English: whoever reads a channel has no language that we know of. */
export function writeNotice(notice: Notice, context: { publicUrl: string; now: Date }): NoticeText {
  const { kind, count, stores } = notice;
  const [store] = stores;
  if (count === 1 && store) {
    const sentences = [detail(kind, store, context.now), advice(kind, 'the owner')];
    return {
      title: titleOfOne(kind, nameOf(store)),
      lines: [sentences.filter(Boolean).join(' '), storeUrl(context.publicUrl, store.storeCode)],
    };
  }
  const more = count - stores.length;
  const lines = stores.map((one) =>
    [`${nameOf(one)}:`, detail(kind, one, context.now), storeUrl(context.publicUrl, one.storeCode)]
      .filter(Boolean)
      .join(' '),
  );
  return {
    title: titleOfMany(kind, count),
    lines: [
      advice(kind, 'each owner'),
      ...lines,
      more > 0 ? `and ${more} more: ${context.publicUrl}/` : `${context.publicUrl}/`,
    ].filter(Boolean),
  };
}

function titleOfOne(kind: NoticeKind, name: string): string {
  switch (kind) {
    case 'needs_reconnect':
      return `${name} needs reconnecting`;
    case 'token_ends':
      return `The connection of ${name} ends soon`;
    case 'day_at_risk':
      return `${name} may lose the numbers of its day`;
    case 'recovered':
      return `${name} is well again`;
  }
}

function titleOfMany(kind: NoticeKind, count: number): string {
  switch (kind) {
    case 'needs_reconnect':
      return `${count} stores need reconnecting`;
    case 'token_ends':
      return `The connections of ${count} stores end soon`;
    case 'day_at_risk':
      return `${count} stores may lose the numbers of their day`;
    case 'recovered':
      return `${count} stores are well again`;
  }
}

function detail(kind: NoticeKind, store: NoticeStore, now: Date): string {
  switch (kind) {
    case 'needs_reconnect': {
      const { what, next } = explainReason(store.statusReason ?? 'UNKNOWN');
      return `${what} ${next}`;
    }
    case 'token_ends':
      return store.refreshExpiresAt === null ? '' : `It ends on ${localDay(store.refreshExpiresAt, store.timezone)}.`;
    case 'day_at_risk': {
      if (store.day === null) return '';
      const left = formatMinutes(dayEnd(store.day, store.timezone).getTime() - now.getTime());
      return `${store.day} has not been read and ends in ${left}.`;
    }
    case 'recovered':
      return '';
  }
}

/** What goes for all stores of the message. */
function advice(kind: NoticeKind, owner: string): string {
  switch (kind) {
    case 'needs_reconnect':
      return '';
    case 'token_ends':
      return `Send ${owner} a connect link before that, and no day is lost.`;
    case 'day_at_risk':
      return 'What is not read by the end of its day is lost. The console says what it waits for.';
    case 'recovered':
      return 'TikTok accepts the connection again. There is nothing to do.';
  }
}

function formatMinutes(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}
