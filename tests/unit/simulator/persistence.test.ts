import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorCode, makeSimulator, readPage } from './support.ts';

let folder: string;
let journalFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  journalFile = join(folder, 'state.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Pair {
  access_token: string;
  refresh_token: string;
}

describe('a simulator with a state file', () => {
  it('goes on with its grants after a restart, and a spent token stays spent', async () => {
    const before = makeSimulator({ journalFile });
    const seeded = before.control.grant('shop-a');
    const pair = (await (await before.api.refresh(seeded.refreshToken)).json()) as Pair;
    const ended = before.control.grant('shop-b');
    await before.control.removeAuthorization('shop-b', 1);
    // No close(): what a rotation answered must be on disk already.
    const after = makeSimulator({ journalFile });
    expect((await after.api.userInfo(pair.access_token)).status).toBe(200);
    expect(await errorCode(await after.api.refresh(seeded.refreshToken))).toBe('invalid_grant');
    expect(after.control.journal.entries().at(-1)?.detail).toBe('refresh spent');
    expect(await errorCode(await after.api.refresh(ended.refreshToken))).toBe('invalid_grant');
    expect((await after.api.refresh(pair.refresh_token)).status).toBe(200);
  });

  it('goes on with set numbers and deleted videos', async () => {
    const before = makeSimulator({ journalFile });
    const page = await readPage(await before.api.videoList(before.control.grant('shop-b').accessToken));
    before.control.setNumbers('shop-b', { follower_count: 12 });
    before.control.setVisibility('shop-b', [page.videos[0]?.id ?? ''], 'deleted');
    const after = makeSimulator({ journalFile });
    const body = await (await after.api.userInfo(after.control.grant('shop-b').accessToken)).json();
    expect(body).toMatchObject({ data: { user: { follower_count: 12, video_count: 2 } } });
  });

  it('never writes a token, and keeps the file to its owner', async () => {
    const { api, control } = makeSimulator({ journalFile });
    const seeded = control.grant('shop-a');
    const pair = (await (await api.refresh(seeded.refreshToken)).json()) as Pair;
    const text = readFileSync(journalFile, 'utf8');
    for (const secret of [seeded.accessToken, seeded.refreshToken, pair.access_token, pair.refresh_token]) {
      expect(text).not.toContain(secret);
    }
    expect(statSync(journalFile).mode & 0o077).toBe(0);
  });

  it('is compacted at start and survives a line torn by a kill', async () => {
    const before = makeSimulator({ journalFile });
    let pair = { refresh_token: before.control.grant('shop-a').refreshToken, access_token: '' };
    for (let index = 0; index < 10; index++)
      pair = (await (await before.api.refresh(pair.refresh_token)).json()) as Pair;
    expect(readFileSync(journalFile, 'utf8').trimEnd().split('\n')).toHaveLength(11);
    appendFileSync(journalFile, '{"type":"grant","id":"to');
    const after = makeSimulator({ journalFile });
    expect(readFileSync(journalFile, 'utf8').trimEnd().split('\n')).toHaveLength(1);
    expect((await after.api.refresh(pair.refresh_token)).status).toBe(200);
  });

  it('refuses to start on a file that is damaged elsewhere', () => {
    makeSimulator({ journalFile }).control.grant('shop-a');
    appendFileSync(journalFile, 'garbage\n{"type":"ended","id":"x"}\n');
    expect(() => makeSimulator({ journalFile })).toThrow('JSON');
  });

  it('forgets everything on reset', async () => {
    const before = makeSimulator({ journalFile, requestsPerMinute: 5 });
    const pair = before.control.grant('shop-a');
    before.control.configure({ requestsPerMinute: 1 });
    before.control.reset();
    expect(before.control.settings.requestsPerMinute).toBe(5);
    expect((await before.api.userInfo(pair.accessToken)).status).toBe(401);
    expect((await makeSimulator({ journalFile }).api.userInfo(pair.accessToken)).status).toBe(401);
  });
});
