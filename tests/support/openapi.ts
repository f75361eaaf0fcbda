import { z } from 'zod';

export type JsonSchema = { [keyword: string]: unknown; $ref?: string };

interface Answer {
  description: string;
  content?: Record<string, { schema: JsonSchema; example?: unknown; examples?: Record<string, { value: unknown }> }>;
}

export interface Operation {
  summary?: string;
  security?: Record<string, string[]>[];
  responses: Record<string, Answer>;
}

export interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, { name?: string }> };
}

/** The operation a request belongs to; undefined when the document knows none. */
export function findOperation(document: OpenApi, method: string, path: string): Operation | undefined {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const matches = (template: string) => new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
  return Object.entries(document.paths).find(([template, item]) => matches(template) && item[verb])?.[1][verb];
}

const validators = new WeakMap<JsonSchema, z.ZodType>();

/** What a schema of the document accepts, and no property beside those it names. */
export function strictValidator(document: OpenApi, schema: JsonSchema): z.ZodType {
  let validator = validators.get(schema);
  if (!validator) {
    validator = z.fromJSONSchema(inline(document, schema) as Parameters<typeof z.fromJSONSchema>[0]);
    validators.set(schema, validator);
  }
  return validator;
}

/** References replaced by what they stand for, examples dropped, every object closed. */
function inline(document: OpenApi, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((item) => inline(document, item));
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node) {
    const target = document.components.schemas[String(node.$ref).replace('#/components/schemas/', '')];
    if (!target) throw new Error(`${String(node.$ref)} leads nowhere`);
    return inline(document, target);
  }
  const kept = Object.entries(node).filter(([keyword]) => keyword !== 'example');
  const closed = 'properties' in node && !('additionalProperties' in node) ? { additionalProperties: false } : {};
  return { ...closed, ...Object.fromEntries(kept.map(([keyword, value]) => [keyword, inline(document, value)])) };
}
