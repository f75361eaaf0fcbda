import { sampleOf } from './describe-schema.ts';
import { bodyOf, type Endpoint, follow, type Parameter, type Response, type Schema } from './openapi.ts';
import type { OpenApiDocument } from './view-models.ts';

/** A command to paste into a shell that knows `$HARIAN_URL` and `$HARIAN_KEY`; capitals are to be filled in. */
export function curlExample(document: OpenApiDocument, endpoint: Endpoint): string {
  const { method, operation } = endpoint;
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}"$HARIAN_URL${exampleUrl(document, endpoint)}"`];
  const schemes = (operation.security ?? document.security ?? []).flatMap((choice) => Object.keys(choice));
  if (schemes.includes('tiktokSignature')) parts.push("-H 'TikTok-Signature: t=UNIX_SECONDS,s=HMAC'");
  else if (schemes.length > 0) parts.push('-H "Authorization: Bearer $HARIAN_KEY"');
  return [...parts, ...bodyArguments(document, endpoint)].join(' \\\n  ');
}

function exampleUrl(document: OpenApiDocument, { path, parameters }: Endpoint): string {
  const sample = (parameter: Parameter) =>
    encodeURIComponent(String(parameter.example ?? sampleOf(document, parameter.schema, parameter.name)));
  const inPath = new Map(parameters.filter((p) => p.in === 'path').map((p) => [p.name, sample(p)]));
  const filled = path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => inPath.get(name) ?? whole);
  const query = parameters.filter((p) => p.in === 'query' && p.required).map((p) => `${p.name}=${sample(p)}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

function bodyArguments(document: OpenApiDocument, { operation }: Endpoint): string[] {
  const body = bodyOf(follow<Response>(document, operation.requestBody)?.content);
  if (!body) return [];
  const value = body.media.example ?? sampleObject(document, body.media.schema);
  if (body.type === 'application/x-www-form-urlencoded') {
    return Object.entries(value).map(([name, field]) => `--data-urlencode ${quote(`${name}=${String(field)}`)}`);
  }
  return [`-H "Content-Type: ${body.type}"`, `-d ${quote(JSON.stringify(value))}`];
}

/** The required fields; all of them when none is required. */
function sampleObject(document: OpenApiDocument, node: Parameters<typeof follow<Schema>>[1]): Record<string, unknown> {
  const schema = follow<Schema>(document, node);
  const all = Object.entries(schema?.properties ?? {});
  const required = all.filter(([name]) => schema?.required?.includes(name));
  const shown = required.length > 0 ? required : all;
  return Object.fromEntries(shown.map(([name, field]) => [name, sampleOf(document, field, name)]));
}

/** Inside single quotes a POSIX shell takes everything as it is, except the quote itself. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
