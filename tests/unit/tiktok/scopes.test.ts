import { describe, expect, it } from 'vitest';
import {
  canListVideos,
  canReadStats,
  fieldsForScopes,
  parseScopes,
  REQUESTED_SCOPES,
  VIDEO_FIELDS,
} from '../../../src/tiktok/scopes.ts';

const basic = ['open_id', 'union_id', 'avatar_url', 'display_name'];
const profile = ['username', 'is_verified'];
const stats = ['follower_count', 'following_count', 'likes_count', 'video_count'];

describe('scopes', () => {
  it.each([
    [[], []],
    [['user.info.basic'], basic],
    [['user.info.profile'], profile],
    [['user.info.stats'], stats],
    [['video.list'], []],
    [
      ['user.info.stats', 'user.info.basic'],
      [...basic, ...stats],
    ],
    [
      [...REQUESTED_SCOPES, 'video.publish'],
      [...basic, ...profile, ...stats],
    ],
  ])('asks only for the fields that %j allow', (scopes, fields) => {
    expect(fieldsForScopes(scopes)).toEqual(fields);
  });

  it('asks for every documented video field but embed_html and is_aigc', () => {
    expect([...VIDEO_FIELDS].sort()).toEqual(
      (
        'comment_count create_time duration embed_link height id like_count share_count share_url ' +
        'title video_description view_count width'
      ).split(' '),
    );
  });

  it('knows what the stats and video.list scopes allow', () => {
    expect(canListVideos(['user.info.basic', 'video.list'])).toBe(true);
    expect(canListVideos(['video.list.all'])).toBe(false);
    expect(canReadStats(['user.info.stats'])).toBe(true);
    expect(canReadStats(['user.info'])).toBe(false);
  });

  it.each([
    ['', []],
    ['user.info.basic,video.list', ['user.info.basic', 'video.list']],
    [' user.info.basic , video.list,', ['user.info.basic', 'video.list']],
    ['video.list,video.list', ['video.list']],
    ['<script>,video.list', ['video.list']],
  ])('reads the list %j', (list, scopes) => {
    expect(parseScopes(list)).toEqual(scopes);
  });
});
