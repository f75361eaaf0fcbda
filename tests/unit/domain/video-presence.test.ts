import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays } from '../../../src/domain/snapshot-day.ts';
import {
  type KnownVideo,
  oldestOf,
  type Presence,
  type PresenceSince,
  presenceAfter,
  presenceChanges,
  type Sight,
  shownPresence,
} from '../../../src/domain/video-presence.ts';

interface Look {
  day: string;
  sight: Sight;
}

const isNew: PresenceSince = { presence: 'listed', since: null };
const sights = ['in_list', 'answered', 'not_answered', 'refused'] as const;
const histories = fc
  .array(fc.record({ daysLater: fc.integer({ min: 0, max: 2 }), sight: fc.constantFrom(...sights) }), { maxLength: 14 })
  .map((steps) => {
    let day = '2026-11-01';
    return steps.map(({ daysLater, sight }): Look => {
      day = addDays(day, daysLater);
      return { day, sight };
    });
  });

/** As the program goes through it: what is gone is not asked for again. */
const run = (history: readonly Look[]): PresenceSince =>
  history.reduce(
    (video, { sight, day }) =>
      video.presence === 'gone' && sight !== 'in_list' ? video : presenceAfter(video, sight, day),
    isNew,
  );

/** The same said of the history as a whole. */
function judge(history: readonly Look[]): PresenceSince {
  const told = history.filter(({ sight }) => sight !== 'refused');
  const firstOfLast = (looks: readonly Look[]) => {
    const kind = looks.at(-1)?.sight;
    return looks.slice(looks.findLastIndex(({ sight }) => sight !== kind) + 1)[0]?.day ?? null;
  };
  const lastListed = told.findLastIndex(({ sight }) => sight === 'in_list');
  const after = told.slice(lastListed + 1);
  const goneAt = after.findIndex(({ sight, day }, index) => {
    const unanswered = after.slice(after.slice(0, index).findLastIndex((look) => look.sight === 'answered') + 1, index);
    return sight === 'not_answered' && unanswered.some((look) => look.day < day);
  });
  if (goneAt >= 0) return { presence: 'gone', since: firstOfLast(after.slice(0, goneAt + 1)) };
  const last = after.at(-1)?.sight;
  if (last !== undefined) return { presence: last === 'answered' ? 'unlisted' : 'absent', since: firstOfLast(after) };
  const wasEver = told.some(({ sight }) => sight !== 'in_list');
  return { presence: 'listed', since: wasEver ? firstOfLast(told) : null };
}

describe('what became of a video', () => {
  it('follows from its history alone: listed, unlisted, absent on one day, gone from a second one on', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(run(history)).toEqual(judge(history));
      }),
      { numRuns: 10_000 },
    );
  });

  it('is never gone by the word of one day, and listed whenever it is in the list', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const unanswered = history.filter(({ sight }) => sight === 'not_answered');
        const { presence } = run(history);
        if (new Set(unanswered.map(({ day }) => day)).size < 2) expect(presence).not.toBe('gone');
        if (history.at(-1)?.sight === 'in_list') expect(presence).toBe('listed');
      }),
    );
    expect(run([]).presence).toBe('listed');
  });

  it('does not change by a refused question, nor by hearing the same twice on a day', () => {
    fc.assert(
      fc.property(histories, fc.nat(14), (history, at) => {
        const before = history.slice(0, at);
        const last = before.at(-1);
        const refused = { sight: 'refused', day: last?.day ?? '2026-11-01' } as const;
        expect(run([...before, refused, ...history.slice(at)])).toEqual(run(history));
        if (last) expect(run([...before, last])).toEqual(run(before));
      }),
    );
  });

  it('stays absent when the second question comes on no later day, also where the clock was set back', () => {
    const absent: PresenceSince = { presence: 'absent', since: '2026-11-05' };
    expect(presenceAfter(absent, 'not_answered', '2026-11-05')).toBe(absent);
    expect(presenceAfter(absent, 'not_answered', '2026-11-04')).toBe(absent);
    expect(presenceAfter(absent, 'not_answered', '2026-11-06')).toEqual({ presence: 'gone', since: '2026-11-05' });
  });
});

describe('the rows that change after a run', () => {
  const day = '2026-11-05';
  const video = (videoId: string, presence: Presence = 'listed', change: Partial<KnownVideo> = {}): KnownVideo => ({
    videoId,
    presence,
    since: presence === 'listed' ? null : '2026-11-04',
    askedOn: null,
    ...change,
  });

  it('are those of which something became', () => {
    const missing = [video('a'), video('b', 'unlisted'), video('c', 'absent'), video('d')];
    const found = new Map<string, Sight>([
      ['a', 'answered'],
      ['b', 'answered'],
      ['c', 'not_answered'],
      ['d', 'refused'],
    ]);
    expect(presenceChanges(missing, found, day)).toEqual([
      video('a', 'unlisted', { since: day }),
      video('c', 'gone', { since: '2026-11-04' }),
    ]);
  });

  it('are all that were asked for where others were not, so that those come first the next time', () => {
    const missing = [video('a'), video('b', 'unlisted'), video('c', 'unlisted', { askedOn: day }), video('d')];
    const found = new Map<string, Sight>([
      ['a', 'refused'],
      ['b', 'answered'],
      ['c', 'answered'],
    ]);
    expect(presenceChanges(missing, found, day)).toEqual([
      video('a', 'listed', { askedOn: day }),
      video('b', 'unlisted', { askedOn: day }),
    ]);
  });

  it('are none when nobody was asked for', () => {
    expect(presenceChanges([video('a'), video('b', 'absent')], new Map(), day)).toEqual([]);
  });
});

describe('a list that was cut off', () => {
  const at = (iso: string) => new Date(iso);
  const cut = at('2026-03-01T10:00:00Z');

  it.each([
    ['listed', '2026-03-01T09:59:59Z', 'beyond_cap'],
    ['listed', '2026-03-01T10:00:00Z', 'listed'],
    ['listed', '2026-03-01T10:00:01Z', 'listed'],
    ['listed', null, 'listed'],
    ['unlisted', '2026-01-01T00:00:00Z', 'unlisted'],
    ['absent', '2026-01-01T00:00:00Z', 'absent'],
    ['gone', '2026-01-01T00:00:00Z', 'gone'],
  ] as const)('says of a video that is %s, posted %s: %s', (presence, posted, shown) => {
    expect(shownPresence({ presence, postedAt: posted === null ? null : at(posted) }, cut)).toBe(shown);
  });

  it('says nothing once a whole list was read', () => {
    expect(shownPresence({ presence: 'listed', postedAt: at('2020-01-01T00:00:00Z') }, null)).toBe('listed');
  });

  it('reached back to the oldest video in it, in whatever order they came', () => {
    const list = ['2026-03-02T00:00:00Z', null, '2026-03-01T10:00:00Z', '2026-03-05T00:00:00Z'];
    expect(oldestOf(list.map((iso) => ({ createdAt: iso === null ? null : at(iso) })))).toEqual(cut);
    expect(oldestOf([{ createdAt: null }])).toBeNull();
    expect(oldestOf([])).toBeNull();
  });
});
