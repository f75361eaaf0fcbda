import type { Hono } from 'hono';
import { z } from 'zod';
import { type DisplayErrorCode, displayError, displayOk } from './answers.ts';
import { userFieldScopes, userFields, videoFieldScopes, videoFields } from './display-fields.ts';
import type { Call, EndpointHandler, Exchange } from './exchange.ts';
import { type Grants, sha256 } from './grants.ts';
import type { Population } from './population.ts';
import type { Reply, SimulatorEnv } from './reply.ts';
import type { Scope } from './scopes.ts';
import type { Settings } from './settings.ts';
import type { GrantRecord } from './state-file.ts';
import type { SimulatedVideo } from './world.ts';

const listBody = z.strictObject({
  cursor: z.int().min(0).optional(),
  max_count: z.int().min(1).max(20).default(10),
});

const queryBody = z.strictObject({
  filters: z.strictObject({ video_ids: z.array(z.string().min(1)).min(1).max(20) }),
});

export interface DisplayOptions {
  seed: number;
  settings: Settings;
  grants: Grants;
  population: Population;
  exchange: Exchange;
}

type Checked = { grant: GrantRecord; fields: string[] } | { refused: Reply };

/** GET user/info, POST video/list and video/query (tiktok-api.md, sections 4 to 7). */
export function addDisplayRoutes(app: Hono<SimulatorEnv>, options: DisplayOptions): void {
  const { seed, settings, grants, population, exchange } = options;

  function identify(call: Call): void {
    const token = bearer(call);
    const grant = token === null ? undefined : grants.findByAccess(token);
    call.trace.tokenHash = token === null ? null : sha256(token);
    call.trace.grantId = grant?.id ?? null;
    call.trace.openId = grant?.openId ?? null;
    call.trace.cursor = z.object({ cursor: z.int().min(1) }).safeParse(json(call)).data?.cursor ?? null;
  }

  /** Token first, then the fields, then their scopes: one field without its scope fails the whole call. */
  function check(call: Call, fieldScopes: ReadonlyMap<string, Scope>): Checked {
    const refused = (code: DisplayErrorCode, message: string) => ({
      refused: displayError(code, message, call.logId),
    });
    const token = bearer(call);
    const grant = token === null ? undefined : grants.findByAccess(token);
    if (!grant || grants.isExpired(grant) || !population.has(grant.openId)) {
      call.trace.detail = grant ? 'access token expired' : 'access token unknown';
      return refused('access_token_invalid', 'The access token is invalid or not found in the request');
    }
    const fields = (call.url.searchParams.get('fields') ?? '').split(',');
    const unknown = fields.find((field) => !fieldScopes.has(field));
    if (unknown !== undefined) return refused('invalid_params', `fields: "${unknown.slice(0, 64)}" is not a field`);
    const missing = fields.find((field) => !grant.scopes.includes(fieldScopes.get(field) as Scope));
    if (missing !== undefined)
      return refused('scope_not_authorized', `The user did not authorize the scope of ${missing}`);
    return { grant, fields };
  }

  function readBody<Body>(call: Call, schema: z.ZodType<Body>): { body: Body } | { refused: Reply } {
    const parsed = schema.safeParse(call.contentType === 'application/json' ? json(call) : undefined);
    if (parsed.success) return { body: parsed.data };
    return { refused: displayError('invalid_params', 'The JSON body is missing or invalid', call.logId) };
  }

  function renderVideos(call: Call, checked: { grant: GrantRecord; fields: string[] }, videos: SimulatedVideo[]) {
    const account = population.find(checked.grant.openId);
    const origin = call.url.origin;
    return videos.map((video) => pick(videoFields({ seed, origin, now: call.now, account, video }), checked.fields));
  }

  const userInfo: EndpointHandler = {
    identify,
    answer(call) {
      const checked = check(call, userFieldScopes);
      if ('refused' in checked) return checked.refused;
      const { openId } = checked.grant;
      const account = population.find(openId);
      const { numbers } = population.snapshot(openId, call.now);
      const known = userFields({ seed, origin: call.url.origin, now: call.now, account, numbers });
      return displayOk({ user: pick(known, checked.fields) }, call.logId);
    },
  };

  const videoList: EndpointHandler = {
    identify,
    answer(call, overlapVideos) {
      const checked = check(call, videoFieldScopes);
      if ('refused' in checked) return checked.refused;
      const read = readBody(call, listBody);
      if ('refused' in read) return read.refused;
      const { cursor, max_count: maxCount } = read.body;
      const { videos } = population.snapshot(checked.grant.openId, call.now);
      const next = cursor ? videos.findIndex((video) => video.create_time * 1000 < cursor) : 0;
      const afterLast = next === -1 ? videos.length : next;
      // An overlap stays below the page size, so that the walk always moves on.
      const start = Math.max(0, afterLast - Math.min(overlapVideos, maxCount - 1));
      const page = videos.slice(start, start + maxCount);
      const last = page.at(-1);
      return displayOk(
        {
          videos: renderVideos(call, checked, page),
          cursor: last ? last.create_time * 1000 : (cursor ?? 0),
          has_more: start + page.length < videos.length,
        },
        call.logId,
      );
    },
  };

  const videoQuery: EndpointHandler = {
    identify,
    answer(call) {
      const checked = check(call, videoFieldScopes);
      if ('refused' in checked) return checked.refused;
      const read = readBody(call, queryBody);
      if ('refused' in read) return read.refused;
      const { byId, isPrivate } = population.snapshot(checked.grant.openId, call.now);
      const ids = [...new Set(read.body.filters.video_ids)];
      const found = ids
        .filter((id) => settings.privateVideos === 'answer' || !isPrivate(id))
        .flatMap((id) => byId.get(id) ?? []);
      if (settings.missingVideos === 'fail' && found.length < ids.length) {
        return displayError('invalid_params', 'A video id was not found', call.logId);
      }
      return displayOk({ videos: renderVideos(call, checked, found) }, call.logId);
    },
  };

  app.get('/v2/user/info/', (c) => exchange(c, 'user/info', userInfo));
  app.post('/v2/video/list/', (c) => exchange(c, 'video/list', videoList));
  app.post('/v2/video/query/', (c) => exchange(c, 'video/query', videoQuery));
}

function bearer(call: Call): string | null {
  return /^Bearer (\S+)$/.exec(call.authorization ?? '')?.[1] ?? null;
}

function json(call: Call): unknown {
  try {
    return JSON.parse(call.body);
  } catch {
    return undefined;
  }
}

function pick(source: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, source[name]]));
}
