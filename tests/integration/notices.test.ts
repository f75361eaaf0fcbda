import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutgoingNotice, SendResult } from '../../src/channels/channel.ts';
import type { DatabasePool } from '../../src/db/client.ts';
import { deleteRowsOfStore } from '../../src/db/erase-rows.ts';
import type { NoticeChannel } from '../../src/domain/notice-kind.ts';
import { createLogger } from '../../src/logger.ts';
import { deliverNotice } from '../../src/services/deliver-notice.ts';
import { lookForNotices } from '../../src/services/look-for-notices.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { newStoreCode } from '../support/harian.ts';
import { openSqlPool, type Sql } from '../support/sql.ts';
import { openTestPool } from '../support/stores.ts';

// Looks and deliveries are made by hand, at times of the test's own; the queue is a list.

let database: TestDatabase;
let pool: DatabasePool;
let sql: Sql;
let queued: { id: string; channel: NoticeChannel }[];
beforeEach(async () => {
  database = await createTestDatabase();
  pool = openTestPool(database.url);
  sql = openSqlPool(database.url);
  queued = [];
});
afterEach(async () => {
  await sql.close();
  await pool.close();
  await database.drop();
});

const publicUrl = 'https://harian.test';
const noon = Date.parse('2026-03-10T05:00:00Z');
/** Noon in Jakarta, and so many minutes later. */
const minute = (minutes: number) => new Date(noon + minutes * 60_000);
const hours = 60;
const days = 24 * hours;

const depsAt = (now: Date) => ({ db: pool.db, clock: { now: () => now }, localTime: '01:00', publicUrl });

/** Returns what was queued by this look. */
const look = async (now: Date, channels: NoticeChannel[] = ['webhook']) => {
  const before = queued.length;
  await lookForNotices({
    ...depsAt(now),
    logger: createLogger({ level: 'silent', write: () => undefined, now: () => now }),
    notices: { insert: async (_tx, messages) => void queued.push(...messages) },
    channels,
  });
  return queued.slice(before);
};

/** What came out of each message, in words; null where nothing was left to tell. */
const deliver = async (
  now: Date,
  messages: { id: string }[],
  result: SendResult = { outcome: 'delivered', httpStatus: null },
): Promise<(OutgoingNotice | null)[]> => {
  const sent: (OutgoingNotice | null)[] = [];
  for (const { id } of messages) {
    let out: OutgoingNotice | null = null;
    const channel = {
      send: async (notice: OutgoingNotice) => {
        out = notice;
        return result;
      },
    };
    await deliverNotice(depsAt(now), channel, { id, signal: new AbortController().signal });
    sent.push(out);
  }
  return sent;
};
/** A look, and all that it queued is delivered at once. Returns the titles. */
const tell = async (now: Date, channels?: NoticeChannel[]) =>
  (await deliver(now, await look(now, channels))).map((notice) => notice?.text.title ?? null).sort();

const addStore = async (options: { status?: string; reason?: string; timezone?: string; name?: string } = {}) => {
  const storeCode = newStoreCode();
  const { status = 'CONNECTED', reason = null, timezone = 'Asia/Jakarta', name = `Toko ${storeCode}` } = options;
  await sql.query(
    `insert into stores (store_code, name, timezone, status, status_reason, created_at, updated_at)
     values ($1, $2, $3, $4, $5, '2026-01-01', '2026-01-01')`,
    [storeCode, name, timezone, status, reason],
  );
  return storeCode;
};
const setStatus = (storeCode: string, status: string, reason: string | null = null) =>
  sql.query('update stores set status = $2, status_reason = $3 where store_code = $1', [storeCode, status, reason]);
const breakStore = (storeCode: string) => setStatus(storeCode, 'NEED_RECONNECT', 'REVOKED');
const heal = (storeCode: string) => setStatus(storeCode, 'CONNECTED');
const addAccount = (storeCode: string, refreshExpiresAt: Date) =>
  sql.query(
    `insert into tiktok_accounts (store_code, open_id, scopes, refresh_expires_at, connected_at)
     values ($1, $1, '{}', $2, '2026-01-01')
     on conflict (store_code) do update set refresh_expires_at = excluded.refresh_expires_at`,
    [storeCode, refreshExpiresAt],
  );
const setDay = (storeCode: string, day: string, state: string) =>
  sql.query(
    `insert into store_days (store_code, snapshot_date, state, created_at) values ($1, $2, $3, '2026-01-01')
     on conflict (store_code, snapshot_date) do update set state = excluded.state`,
    [storeCode, day, state],
  );
const rows = () =>
  sql.query<{ kind: string; channel: string; open: boolean }>(
    'select kind, channel, closed_at is null as open from notices order by 1, 2',
  );

test('a store that needs reconnecting is told of once, however often and by how many it is looked for', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REFRESH_TOKEN_EXPIRED', name: 'Toko <Melati>' });
  const [first] = await deliver(
    minute(0),
    (await Promise.all(Array.from({ length: 6 }, () => look(minute(0))))).flat(),
  );
  expect(queued).toHaveLength(1);
  expect(first?.text).toEqual({
    title: `Toko <Melati> (${store}) needs reconnecting`,
    lines: ['The connection expired. Send the owner a connect link.', `https://harian.test/stores/${store}`],
  });
  expect(first?.data).toEqual({
    count: 1,
    stores: [
      {
        store_code: store,
        name: 'Toko <Melati>',
        url: `https://harian.test/stores/${store}`,
        status_reason: 'REFRESH_TOKEN_EXPIRED',
      },
    ],
  });

  for (const later of [1, 11, 5 * hours, 3 * days, 90 * days]) expect(await look(minute(later))).toEqual([]);
});

test('who was told of trouble is told once that it is over, and who was not is not', async () => {
  const told = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const healed = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const untold = await look(minute(0));
  await heal(healed);
  expect((await deliver(minute(1), untold)).map((notice) => notice?.text.title)).toEqual([
    `Toko ${told} (${told}) needs reconnecting`,
  ]);

  await heal(told);
  expect(await tell(minute(20))).toEqual([`Toko ${told} (${told}) is well again`]);
  expect(await tell(minute(40))).toEqual([]);
  expect(await rows()).toEqual([
    { kind: 'needs_reconnect', channel: 'webhook', open: false },
    { kind: 'needs_reconnect', channel: 'webhook', open: false },
    { kind: 'recovered', channel: 'webhook', open: false },
  ]);
});

test('a store that an admin disconnected is no longer in trouble, and not well again either', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  await tell(minute(0));
  await setStatus(store, 'DISCONNECTED', 'DISCONNECTED_BY_ADMIN');
  expect(await tell(minute(20))).toEqual([]);
  expect(await rows()).toEqual([{ kind: 'needs_reconnect', channel: 'webhook', open: false }]);
});

test('trouble solved, and news outdated, before its delivery are not delivered, also without a look in between', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const message = await look(minute(0));
  await heal(store);
  expect(await deliver(minute(1), message)).toEqual([null]);
  expect(await tell(minute(2))).toEqual([]);

  await breakStore(store);
  await tell(minute(20));
  await heal(store);
  const news = await look(minute(40));
  expect(news).toHaveLength(1);
  await breakStore(store);
  expect(await deliver(minute(41), news)).toEqual([null]);
});

test('a store that comes and goes is told of once in four hours, and then as it is', async () => {
  const store = await addStore();
  const titles: (string | null)[] = [];
  for (let at = 0; at < 4 * hours; at += 20) {
    await breakStore(store);
    titles.push(...(await tell(minute(at))));
    await heal(store);
    titles.push(...(await tell(minute(at + 10))));
  }
  expect(titles).toEqual([`Toko ${store} (${store}) needs reconnecting`, `Toko ${store} (${store}) is well again`]);

  await breakStore(store);
  expect(await tell(minute(4 * hours))).toEqual([`Toko ${store} (${store}) needs reconnecting`]);
  // It was told that it is well again less than four hours ago: whoever is told of this break is told of its end all the same.
  await heal(store);
  expect(await tell(minute(4 * hours + 1))).toEqual([`Toko ${store} (${store}) is well again`]);
});

test('a store that breaks again before its recovery was told stays the same matter, whose end is told', async () => {
  const store = await addStore();
  await setDay(store, '2026-03-10', 'complete');
  await breakStore(store);
  expect(await tell(minute(0))).toEqual([`Toko ${store} (${store}) needs reconnecting`]);
  for (const at of [20, 5 * hours]) {
    await heal(store);
    const news = await look(minute(at));
    expect(news).toHaveLength(1);
    await breakStore(store);
    expect(await tell(minute(at + 1))).toEqual([]);
    expect(await deliver(minute(at + 1), news)).toEqual([null]);
    // Whoever was told takes it to be broken, which it is.
    expect(await tell(minute(at + 4 * hours))).toEqual([]);
  }
  await heal(store);
  expect(await tell(minute(10 * hours))).toEqual([`Toko ${store} (${store}) is well again`]);
  expect(await tell(minute(11 * hours))).toEqual([]);

  await breakStore(store);
  expect(await tell(minute(12 * hours))).toEqual([`Toko ${store} (${store}) needs reconnecting`]);
});

test('whoever was told that a connection ends hears that it is well again, also after a break too short to be told', async () => {
  const store = await addStore();
  await addAccount(store, minute(days));
  expect(await tell(minute(0))).toEqual([`The connection of Toko ${store} (${store}) ends soon`]);
  await setStatus(store, 'NEED_RECONNECT', 'REFRESH_TOKEN_EXPIRED');
  const untold = await look(minute(days));
  await addAccount(store, minute(180 * days));
  await heal(store);
  expect(await deliver(minute(days + 1), untold)).toEqual([null]);
  expect(await tell(minute(days + 2))).toEqual([`Toko ${store} (${store}) is well again`]);
});

test('a break while its recovery is on its way is a new matter, told with the four hours over', async () => {
  const store = await addStore();
  await breakStore(store);
  await tell(minute(0));
  await heal(store);
  const [news] = await look(minute(20));
  if (!news) throw new Error('nothing was queued');
  const channel = {
    send: async (): Promise<SendResult> => {
      await breakStore(store);
      await look(minute(20));
      return { outcome: 'delivered', httpStatus: null };
    },
  };
  await deliverNotice(depsAt(minute(20)), channel, { ...news, signal: new AbortController().signal });
  expect(await tell(minute(4 * hours - 1))).toEqual([]);
  expect(await tell(minute(4 * hours))).toEqual([`Toko ${store} (${store}) needs reconnecting`]);
});

test('five hundred stores that break at once are one message, and those that follow are one more', async () => {
  await sql.query(`
    insert into stores (store_code, name, timezone, status, status_reason)
    select 'many-' || to_char(n, 'FM000'), 'Many', 'Asia/Jakarta', 'NEED_RECONNECT', 'REVOKED' from generate_series(1, 500) n`);
  const [notice] = await deliver(minute(0), await look(minute(0)));
  expect(queued).toHaveLength(1);
  expect(notice?.text.title).toBe('500 stores need reconnecting');
  expect(notice?.text.lines).toHaveLength(21);
  expect(notice?.text.lines[0]).toContain('Many (many-001): ');
  expect(notice?.text.lines.at(-1)).toBe('and 480 more: https://harian.test/');
  expect(notice?.data).toMatchObject({ count: 500 });

  const later: string[] = [];
  for (let at = 1; at <= 10; at++) {
    later.push(await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }));
    expect(await tell(minute(at))).toEqual(at < 10 ? [] : [`${later.length} stores need reconnecting`]);
  }
});

test('before a refresh token ends there is one notice; a new token ends the matter, an ended one makes another', async () => {
  const [renewed, ended, far] = [await addStore(), await addStore(), await addStore()];
  await addAccount(renewed, minute(14 * days));
  await addAccount(ended, minute(14 * days));
  await addAccount(far, minute(14 * days + 1));
  const [notice] = await deliver(minute(0), await look(minute(0)));
  expect(notice?.text.title).toBe('The connections of 2 stores end soon');
  expect(notice?.text.lines.join('\n')).toContain(`Toko ${renewed} (${renewed}): It ends on 2026-03-24.`);
  expect(await tell(minute(20))).toEqual([`The connection of Toko ${far} (${far}) ends soon`]);

  await addAccount(renewed, minute(180 * days));
  await setStatus(ended, 'NEED_RECONNECT', 'REFRESH_TOKEN_EXPIRED');
  // Two messages, in no order of their own.
  expect((await tell(minute(14 * days))).toSorted()).toEqual(
    [`Toko ${ended} (${ended}) needs reconnecting`, `Toko ${renewed} (${renewed}) is well again`].toSorted(),
  );
});

// The day of Jakarta ends at 17:00 UTC, that of Jayapura two hours earlier.
test('three hours before the end of a day its unread stores are one notice for each place, and no later look repeats it', async () => {
  const at = (time: string) => new Date(`2026-03-10T${time}:00Z`);
  const today = '2026-03-10';
  const [waiting, running, read, partial, paused, broken] = [
    await addStore({ name: 'Waiting' }),
    await addStore(),
    await addStore(),
    await addStore(),
    await addStore(),
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
  ];
  const east = await addStore({ timezone: 'Asia/Jayapura', name: 'East' });
  await sql.query('update stores set paused = true where store_code = $1', [paused]);
  for (const store of [waiting, paused, broken, east]) await setDay(store, today, 'pending');
  await setDay(running, today, 'running');
  await setDay(read, today, 'complete');
  await setDay(partial, today, 'partial');
  await tell(at('05:00'));

  expect(await tell(at('11:59'))).toEqual([]);
  const [first] = await deliver(at('12:00'), await look(at('12:00')));
  expect(first?.text.title).toBe(`East (${east}) may lose the numbers of its day`);
  expect(first?.text.lines[0]).toContain('2026-03-10 has not been read and ends in 3 h 0 min.');
  expect(await tell(at('13:59'))).toEqual([]);
  const [second] = await deliver(at('14:20'), await look(at('14:20')));
  expect(second?.text.title).toBe('2 stores may lose the numbers of their day');
  expect(second?.text.lines.join('\n')).toContain(
    `Waiting (${waiting}): 2026-03-10 has not been read and ends in 2 h 40 min.`,
  );
  expect(second?.data).toMatchObject({
    count: 2,
    stores: expect.arrayContaining([
      expect.objectContaining({ store_code: waiting, snapshot_date: today, day_ends_at: '2026-03-10T17:00:00.000Z' }),
    ]),
  });
  expect(await tell(at('16:50'))).toEqual([]);

  // The next day is a matter of its own, also when nobody looked in between.
  await setDay(waiting, today, 'missed');
  await setDay(waiting, '2026-03-11', 'pending');
  for (const store of [running, read, partial, east]) await setDay(store, '2026-03-11', 'complete');
  expect(await tell(new Date('2026-03-11T14:00:00Z'))).toEqual([
    `Waiting (${waiting}) may lose the numbers of its day`,
  ]);
});

test('a day at risk that nobody has planned is told like any other, once, also when it is planned after all', async () => {
  const store = await addStore();
  await addStore({ status: 'PENDING' });
  const [paused, read, moved] = [await addStore(), await addStore(), await addStore()];
  await sql.query('update stores set paused = true where store_code = $1', [paused]);
  await setDay(read, '2026-03-10', 'complete');
  await setDay(moved, '2026-03-11', 'pending');
  expect(await tell(new Date('2026-03-10T13:59:00Z'))).toEqual([]);
  const [notice] = await deliver(new Date('2026-03-10T14:00:00Z'), await look(new Date('2026-03-10T14:00:00Z')));
  expect(notice?.text.title).toBe(`Toko ${store} (${store}) may lose the numbers of its day`);
  expect(notice?.data).toMatchObject({ count: 1, stores: [{ snapshot_date: '2026-03-10' }] });

  await sql.query(`insert into store_days (store_code, snapshot_date, created_at) values ($1, '2026-03-10', $2)`, [
    store,
    '2026-03-10T15:00:00Z',
  ]);
  for (const time of ['15:05', '15:20', '16:50']) expect(await tell(new Date(`2026-03-10T${time}:00Z`))).toEqual([]);
});

test('a day read before the notice is delivered, or over by then, is no news', async () => {
  const [read, over] = [await addStore(), await addStore()];
  for (const store of [read, over]) await setDay(store, '2026-03-10', 'pending');
  const message = await look(new Date('2026-03-10T14:00:00Z'));
  expect(message).toHaveLength(1);
  await setDay(read, '2026-03-10', 'complete');
  expect(await deliver(new Date('2026-03-10T17:00:00Z'), message)).toEqual([null]);
});

test('a store just connected near the end of its day is given time to be read', async () => {
  const store = await addStore();
  await setDay(store, '2026-03-10', 'pending');
  await sql.query('update stores set updated_at = $2 where store_code = $1', [store, '2026-03-10T14:50:00Z']);
  expect(await tell(new Date('2026-03-10T15:04:00Z'))).toEqual([]);
  expect(await tell(new Date('2026-03-10T15:05:00Z'))).toHaveLength(1);
});

test('a failed send leaves the matter to be told under the same id; once told it is not told again', async () => {
  await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const messages = await look(minute(0));
  const failure = { outcome: 'failed', errorCode: 'ECONNREFUSED', httpStatus: null } as const;
  const [refused] = await deliver(minute(0), messages, failure);
  expect(await look(minute(30))).toEqual([]);
  const [sent] = await deliver(minute(30), messages);
  expect([refused?.id, sent?.id]).toEqual([messages[0]?.id, messages[0]?.id]);
  expect(sent?.at).toEqual(refused?.at);
  expect(await deliver(minute(31), messages)).toEqual([null]);
});

test('trouble that ends right after a failed send is closed by the next look, and nobody hears of it', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  await deliver(minute(0), await look(minute(0)), { outcome: 'failed', errorCode: 'TIMEOUT', httpStatus: null });
  await heal(store);
  expect(await tell(minute(0))).toEqual([]);
  expect(await rows()).toEqual([{ kind: 'needs_reconnect', channel: 'webhook', open: false }]);
});

test('what could not be delivered for a day gets a new message while it is still so', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const first = await look(minute(0));
  const gone = { outcome: 'gone', errorCode: 'WEBHOOK_GONE', httpStatus: 410 } as const;
  await deliver(minute(0), first, gone);
  expect(await look(minute(1 * days - 1))).toEqual([]);
  const second = await look(minute(1 * days));
  expect(second).toHaveLength(1);
  expect(second[0]?.id).not.toBe(first[0]?.id);
  expect(await deliver(minute(1 * days), first)).toEqual([null]);
  expect((await deliver(minute(1 * days), second))[0]?.text.title).toContain(store);
});

test('what is being sent is not closed under the sender: whoever is told of trouble is told of its end', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const [message] = await look(minute(0));
  if (!message) throw new Error('nothing was queued');
  const channel = {
    send: async (): Promise<SendResult> => {
      await heal(store);
      await look(minute(0));
      return { outcome: 'delivered', httpStatus: null };
    },
  };
  await deliverNotice(depsAt(minute(0)), channel, { ...message, signal: new AbortController().signal });
  expect(await tell(minute(20))).toEqual([`Toko ${store} (${store}) is well again`]);
});

test('a sender that died while sending holds its matters for a minute, and the message goes out again', async () => {
  const [store, other] = [
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
  ];
  const [message] = await look(minute(0));
  if (!message) throw new Error('nothing was queued');
  const dies = { send: () => Promise.reject(new Error('killed')) };
  const signal = new AbortController().signal;
  await expect(deliverNotice(depsAt(minute(0)), dies, { ...message, signal })).rejects.toThrow('killed');

  await heal(store);
  await look(minute(0.5));
  expect((await rows()).filter(({ open }) => open)).toHaveLength(2);
  await look(minute(2));
  expect((await rows()).filter(({ open }) => open)).toHaveLength(1);
  const [again] = await deliver(minute(2), [message]);
  expect([again?.id, again?.text.title]).toEqual([message.id, `Toko ${other} (${other}) needs reconnecting`]);
});

test('each channel has matters of its own: one that is dead neither repeats nor silences the other', async () => {
  const store = await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  const both: NoticeChannel[] = ['webhook', 'email'];
  const messages = await look(minute(0), both);
  const webhook = messages.filter(({ channel }) => channel === 'webhook');
  const email = messages.filter(({ channel }) => channel === 'email');
  expect([webhook.length, email.length]).toEqual([1, 1]);
  await deliver(minute(0), webhook);
  await deliver(minute(0), email, { outcome: 'failed', errorCode: 'ECONNREFUSED', httpStatus: null });
  expect(await look(minute(20), both)).toEqual([]);

  await heal(store);
  const news = await look(minute(40), both);
  expect(news.map(({ channel }) => channel)).toEqual(['webhook']);
  expect(await deliver(minute(41), email)).toEqual([null]);
});

test('a channel that comes later is told what is so then, and the other nothing new', async () => {
  await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' });
  await tell(minute(0), ['webhook']);
  expect((await look(minute(20), ['webhook', 'email'])).map(({ channel }) => channel)).toEqual(['email']);
});

test('a store that is removed takes its matters with it, also out of a message on its way', async () => {
  const [kept, removed] = [
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
  ];
  const messages = await look(minute(0));
  await deleteRowsOfStore(pool.db, removed);
  expect(await sql.query('select store_code from notices')).toEqual([{ store_code: kept }]);
  expect((await deliver(minute(0), messages))[0]?.text.title).toContain(kept);
});

test('a store that somebody holds is left to the next look, and neither waits for the other', async () => {
  const [held, free] = [
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
    await addStore({ status: 'NEED_RECONNECT', reason: 'REVOKED' }),
  ];
  await pool.db.transaction(async (tx) => {
    await deleteRowsOfStore(tx, held);
    expect(await tell(minute(0))).toEqual([`Toko ${free} (${free}) needs reconnecting`]);
  });
  expect(await tell(minute(20))).toEqual([]);
});
