import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import type { ErrorCode } from '../errors.ts';
import { statusOf } from './error-handler.ts';
import { type Policy, policies } from './policies.ts';
import { refusalExamples } from './refusal-examples.ts';
import { errorBody } from './schemas.ts';

type StatusOf<Code extends ErrorCode> = (typeof statusOf)[Code];
type CodesWith<Status, Code extends ErrorCode> = Code extends unknown
  ? StatusOf<Code> extends Status
    ? Code
    : never
  : never;

/** The answer of one status: `code` is one of the codes that have it. */
export interface Refusal<Code extends ErrorCode = ErrorCode> {
  description: string;
  content: {
    'application/json': {
      schema: z.ZodType<{ error: { code: Code; message: string } }>;
      examples: Record<string, { value: { error: { code: string; message: string } } }>;
    };
  };
}
type Refusals<Code extends ErrorCode> = { [Status in StatusOf<Code>]: Refusal<CodesWith<Status, Code>> };

/** `application/json` with a schema, as OpenAPI wants it. */
export const json = <Schema>(schema: Schema, description: string) => ({
  content: { 'application/json': { schema } },
  description,
});

/** The same or a file, as the request wants it; `example` is its head. */
export const jsonOrCsv = <Schema>(schema: Schema, example: string, description: string) => ({
  content: {
    'application/json': { schema },
    'text/csv': { schema: z.string().openapi({ example }) },
  },
  description,
});

/** The error answers a route can give, one entry per status, naming the codes. */
export function refusals<const Code extends ErrorCode>(...codes: Code[]): Refusals<Code> {
  const byStatus = Map.groupBy(codes, (code) => statusOf[code]);
  return Object.fromEntries([...byStatus].map(([status, list]) => [status, refusal(list)])) as never;
}

function refusal(codes: readonly ErrorCode[]): Refusal {
  const examples = codes.map((code) => [code, { value: { error: { code, message: refusalExamples[code] } } }] as const);
  const content = { 'application/json': { schema: errorBody as never, examples: Object.fromEntries(examples) } };
  return { description: codes.join(', '), content };
}

/** What any request can meet before its route is asked; a body is looked at also where none is needed. */
const ofAny = refusals(
  'INVALID_REQUEST',
  'UNAUTHORIZED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'UNAVAILABLE',
);
/** Too small a scope, or for a change a foreign page. */
const ofScope = refusals('FORBIDDEN');
const ofKey = refusals('IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE');
const ofSecretAnswer = refusals('ALREADY_DONE');

type Route = Omit<RouteConfig, 'security'>;
type OfAny = typeof ofAny & typeof ofScope;
type OfPost = Joined<OfAny, Refusals<'IDEMPOTENCY_KEY_REUSED' | 'IDEMPOTENCY_KEY_IN_USE' | 'ALREADY_DONE'>>;
/** Of a status that both have, the codes of both. */
type Joined<A, B> = {
  [Status in keyof A | keyof B]: Status extends keyof A & keyof B
    ? [A[Status], B[Status]] extends [Refusal<infer One>, Refusal<infer Other>]
      ? Refusal<One | Other>
      : B[Status]
    : Status extends keyof B
      ? B[Status]
      : A[Status & keyof A];
};
/** What the types of a handler and of the client are made of. */
type Completed<R extends Route> = {
  method: R['method'];
  path: R['path'];
  request: NonNullable<R['request']>;
  responses: Joined<R['method'] extends 'post' ? OfPost : OfAny, R['responses']>;
};

/**
 * A route behind the admin's key or session: what all of them can answer is added, and what its policy says. A GET of JSON
 * can be asked conditionally, a POST can be repeated by its Idempotency-Key.
 */
export function adminRoute<const R extends Route>(route: R): Completed<R> {
  const { method, path } = route;
  const policy = policies[`${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`];
  const answers = join(sharedBy(method, policy), route.responses as Answers);
  const completed = {
    ...route,
    description: [route.description, `Scope: ${policy?.for}.`].filter(Boolean).join(' '),
    security: [{ adminKey: [] }, { session: [] }],
    ...withHeaders(method, answers),
  };
  return createRoute(completed as never);
}

interface Answer {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { examples?: Record<string, unknown> }>;
}
type Answers = Record<string, Answer>;

function sharedBy(method: string, policy: Policy | undefined): Answers {
  const isPost = method === 'post';
  return [
    ...(method === 'get' && policy?.for === 'read' ? [] : [ofScope]),
    ...(isPost ? [ofKey] : []),
    ...(isPost && !policy?.keepsAnswer ? [ofSecretAnswer] : []),
  ].reduce<Answers>(join, ofAny);
}

function join(a: Answers, b: Answers): Answers {
  const joined = { ...a };
  for (const [status, answer] of Object.entries(b)) {
    const codes = [...codesOf(a[status]), ...codesOf(answer)];
    joined[status] = codes.length > 0 ? refusal([...new Set(codes)]) : answer;
  }
  return joined;
}

/** Empty when it is no refusal. */
const codesOf = (answer: Answer | undefined): ErrorCode[] =>
  Object.keys(answer?.content?.['application/json']?.examples ?? {}).filter(
    (name): name is ErrorCode => name in statusOf,
  );

const header = (description: string, example: string) => ({ description, schema: { type: 'string' }, example });
const optional = (name: string, given: ReturnType<typeof header>) => ({
  name,
  in: 'header',
  required: false,
  ...given,
});

const ETag = header('Changes when the answer does', 'W/"mZPH3UWlpEbsjvyW"');
const ifNoneMatch = optional(
  'If-None-Match',
  header('The `ETag` of an answer you have: 304 without a body while it is still the same', ETag.example),
);
const idempotencyKey = optional(
  'Idempotency-Key',
  header(
    'Any text of your own, new for every request: who repeats it within 24 hours changes nothing twice',
    '7f4df2f0-2f5c-4f0e-9a77-3a1f0c5e6b11',
  ),
);

/** Only JSON has a tag: what is streamed is never held whole. */
function withHeaders(method: string, answers: Answers): { responses: Answers; parameters?: object[] } {
  if (method === 'post') return { parameters: [idempotencyKey], responses: answers };
  const success = answers[200];
  if (method !== 'get' || !success?.content?.['application/json']) return { responses: answers };
  const headers = { ...success.headers, ETag };
  const same = { description: 'What you have is still the same', headers: { ETag } };
  return { parameters: [ifNoneMatch], responses: { ...answers, 200: { ...success, headers }, 304: same } };
}
