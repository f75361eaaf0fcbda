import type { OpenApiDocument } from './view-models.ts';

// The parts of an OpenAPI document that the reference page reads, with references followed.

type Paths = NonNullable<OpenApiDocument['paths']>;
export type Operation = NonNullable<Paths[string]['get']>;
type Reference = { $ref: string };
type Parameters = NonNullable<Operation['parameters']>[number];
export type Parameter = Exclude<Parameters, Reference>;
export type Schema = Exclude<NonNullable<Parameter['schema']>, Reference>;
type RequestBody = Exclude<NonNullable<Operation['requestBody']>, Reference>;
export type MediaType = RequestBody['content'][string];

export interface Response {
  description?: string;
  content?: RequestBody['content'];
}

export interface Endpoint {
  /** Stable, for links: `get-api-stores-store_code`. */
  id: string;
  method: string;
  path: string;
  operation: Operation;
  parameters: Parameter[];
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every operation, in the document's own order. */
export function listEndpoints(document: OpenApiDocument): Endpoint[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].flatMap((parameter) => {
        const found = follow<Parameter>(document, parameter);
        return found ? [found] : [];
      });
      const id = `${method}${path}`.replaceAll(/[^\w]+/g, '-').replace(/-$/, '');
      return [{ id, method: method.toUpperCase(), path, operation, parameters }];
    }),
  );
}

/** What a local `$ref` stands for, or the thing itself; undefined when it leads nowhere. */
export function follow<T extends object>(document: OpenApiDocument, node: T | Reference | undefined): T | undefined {
  let current: unknown = node;
  // A chain of references is short; a longer one is a circle.
  for (let hops = 0; hops < 10; hops += 1) {
    if (typeof current !== 'object' || current === null) return undefined;
    if (!('$ref' in current) || typeof current.$ref !== 'string') return current as T;
    current = current.$ref
      .replace(/^#\//, '')
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], document);
  }
  return undefined;
}

/** The one body an operation takes or answers with, with its media type. */
export function bodyOf(content: RequestBody['content'] | undefined): { type: string; media: MediaType } | undefined {
  const [first] = Object.entries(content ?? {});
  return first && { type: first[0], media: first[1] };
}
