import { follow, type Schema } from './openapi.ts';
import type { OpenApiDocument } from './view-models.ts';

/** One line of a body's description; `name` is dotted for what lies inside: `items[].account.username`. */
export interface Field {
  name: string;
  type: string;
  required: boolean;
  description: string;
}

const maxDepth = 5;

type SchemaNode = Parameters<typeof follow<Schema>>[1];

/** Every field of a body, nested ones flattened; empty when it has none. */
export function fieldsOf(document: OpenApiDocument, node: SchemaNode, prefix = '', depth = 0): Field[] {
  const schema = follow<Schema>(document, node);
  if (!schema || depth > maxDepth) return [];
  const inside = (child: SchemaNode, name: string) => fieldsOf(document, child, name, depth + 1);
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const required = schema.required?.includes(key) ?? false;
    return [{ name, required, ...describeSchema(document, child) }, ...inside(child, name)];
  });
  const variants = variantsOf(schema).flatMap((child) => inside(child, prefix));
  const items = schema.items ? inside(schema.items, `${prefix}[]`) : [];
  return distinct([...own, ...variants, ...items]);
}

/** A schema's type in words, and what it says about itself. */
export function describeSchema(document: OpenApiDocument, node: SchemaNode): { type: string; description: string } {
  const schema = follow<Schema>(document, node) ?? {};
  return {
    type: typeOf(document, schema),
    description: [schema.description, ...limitsOf(schema)].filter((part) => part !== undefined).join(' '),
  };
}

/** The `error.code` values a response body may hold. */
export function errorCodesOf(document: OpenApiDocument, node: SchemaNode): string[] {
  const schema = follow<Schema>(document, node);
  const error = follow<Schema>(document, schema?.properties?.error);
  const code = follow<Schema>(document, error?.properties?.code);
  const own = valuesOf(code ?? {});
  return schema ? [...own, ...variantsOf(schema).flatMap((child) => errorCodesOf(document, child))] : own;
}

/** A value of the right kind for an example, with what lies inside; a text that has none is its name in capitals. */
export function sampleOf(document: OpenApiDocument, node: SchemaNode, name: string): unknown {
  const schema = follow<Schema>(document, node) ?? {};
  if (schema.example !== undefined) return schema.example;
  const one: unknown = schema.enum?.find((value) => value !== null);
  const given = schema.examples?.[0] ?? schema.default ?? schema.const ?? one;
  if (given !== undefined) return given;
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sampleOf(document, part, name)));
  if (schema.items) return [sampleOf(document, schema.items, name)];
  if (schema.properties) {
    const inside = Object.entries(schema.properties);
    return Object.fromEntries(inside.map(([key, child]) => [key, sampleOf(document, child, key)]));
  }
  const [variant] = variantsOf(schema);
  if (variant) return sampleOf(document, variant, name);
  const types = [schema.type].flat();
  if (types.includes('boolean')) return true;
  if (types.includes('integer') || types.includes('number')) return schema.minimum ?? 1;
  return schema.format === 'date' ? 'YYYY-MM-DD' : name.toUpperCase();
}

const variantsOf = (schema: Schema) => [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];

function valuesOf(schema: Schema): string[] {
  const values: unknown[] = schema.const === undefined ? (schema.enum ?? []) : [schema.const];
  return values.filter((value) => value !== null).map(String);
}

function typeOf(document: OpenApiDocument, schema: Schema): string {
  const variants = variantsOf(schema);
  if (variants.length > 0) {
    const words = variants.map((child) => typeOf(document, follow<Schema>(document, child) ?? {}));
    return [...new Set(words)].join(' or ');
  }
  if (schema.items) return `list of ${typeOf(document, follow<Schema>(document, schema.items) ?? {})}`;
  const words = [schema.type ?? []].flat();
  return words.map((word) => (word === 'string' && schema.format !== undefined ? schema.format : word)).join(' or ');
}

function limitsOf(schema: Schema): string[] {
  const values = valuesOf(schema);
  const limit = (word: string, value: unknown) => (value === undefined ? [] : [`${word} ${String(value)}.`]);
  return [
    ...(values.length > 0 ? [`One of: ${values.join(', ')}.`] : []),
    ...limit('Default:', schema.default),
    ...limit('At least', schema.minimum),
    // zod gives every integer the bounds of a safe one; that says nothing.
    ...limit('At most', schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum),
    ...limit('Longest:', schema.maxLength),
    ...limit('Pattern:', schema.format === undefined ? schema.pattern : undefined),
  ];
}

const distinct = (fields: Field[]): Field[] => [...new Map(fields.map((field) => [field.name, field])).values()];
