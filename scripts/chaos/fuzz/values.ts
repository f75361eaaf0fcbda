import fc from 'fast-check';
import { anyText } from '../../../tests/support/any-text.ts';
import type { JsonSchema } from '../../../tests/support/openapi.ts';

/** Found unescaped in a page it would be markup of ours. */
export const markup = '<zz-mark>';

/** What no honest client sends, of any type. */
const hostile: readonly unknown[] = [
  ...['', ' ', '\0', 'a\0b', '\ud800', 'a\udfff', '\u202e', '\u200b', '\ufeff', '\r\nx: y', '\u001b[31m', '🛍'],
  ...['null', 'true', 'NaN', 'Infinity', '-0', '1e9999', '0x10', ' 1', '１', '٣', '9'.repeat(400), '-1', '1.5'],
  ...['0000-00-00', '0000-01-01', '-000001-01-01', '+010000-01-01', '99999-12-31', '2026-02-30', '2026-13-01'],
  ...['2026-01-01T00:00:00+14:00', '2026-01-01T24:00:00Z', '0000-01-01T00:00:00Z', '+275760-09-13T00:00:00.001Z'],
  ...['.', '..', '...', '../../etc/passwd', '%00', '%2e%2e', '%', 'a/b', 'a\\b', 'x'.repeat(65), 'x'.repeat(5_000)],
  ...["' or 1=1 --", "'; drop table stores; --", '{{7*7}}', `"><script>${markup}`, '{"$gt":""}', '\\x00', '%s%n'],
  ...['__proto__', 'constructor', 'toString', 'Asia/Jakarta\0', 'asia/jakarta', 'Etc/GMT+99', 'posixrules'],
  ...[null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 63, 1e308, -1e308, 5e-324],
  ...[[], {}, [[]], [null], { length: 1 }, { toString: 1 }, JSON.parse('{"__proto__":{"admin":true}}')],
  nested(300),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const anything = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostile) },
  { weight: 1, arbitrary: anyText(80) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.double() },
);

const digits = (date: Date) => date.toISOString().slice(0, 10);
const instants = fc.date({ noInvalidDate: true });

/** Values of a schema of the document: mostly right, now and then a little or quite wrong. */
export function fromSchema(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 10, arbitrary: right(schema) },
    { weight: 2, arbitrary: anything },
    // Right but for a character that PostgreSQL does not keep.
    { weight: 1, arbitrary: right(schema).map((value) => (typeof value === 'string' ? `${value}\0` : value)) },
  );
}

function right(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { example, enum: options, anyOf, oneOf } = schema;
  if (Array.isArray(options)) return fc.constantFrom(...options);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return fc.oneof(...either.map((one) => right(one as JsonSchema)));
  const types = [schema.type].flat();
  const made = fc.oneof(...types.map((type) => ofType(String(type), schema)));
  return example === undefined ? made : fc.oneof({ weight: 2, arbitrary: fc.constant(example) }, made);
}

function ofType(type: string, schema: JsonSchema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const min = typeof schema.minimum === 'number' ? schema.minimum : -1_000;
      const max = typeof schema.maximum === 'number' ? schema.maximum : min + 1_000;
      // The edges, and one beyond each.
      return fc.oneof(fc.constantFrom(min - 1, min, max, max + 1), fc.integer({ min, max }));
    }
    case 'string':
      return ofText(schema);
    case 'array':
      return fc.array(fromSchema((schema.items ?? {}) as JsonSchema), { maxLength: 3 });
    case 'object': {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
      const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
      const fields = fc.record(Object.fromEntries(properties.map(([name, value]) => [name, fromSchema(value)])), {
        requiredKeys: required,
      });
      const stray = fc.dictionary(fc.constantFrom('extra', '__proto__', 'constructor', 'id', 'scope'), anything, {
        maxKeys: 2,
      });
      return fc.oneof(
        { weight: 6, arbitrary: fields },
        { weight: 1, arbitrary: fc.tuple(fields, stray).map(([one, other]) => ({ ...one, ...other })) },
        { weight: 1, arbitrary: fc.tuple(fields, fc.nat()).map(([one, at]) => without(one, at)) },
      );
    }
    case 'null':
      return fc.constant(null);
    default:
      return anything;
  }
}

const without = (value: object, at: number) =>
  Object.fromEntries(Object.entries(value).filter((_, index, all) => index !== at % all.length));

function ofText({ format, pattern, minLength, maxLength }: JsonSchema): fc.Arbitrary<unknown> {
  if (format === 'date') return instants.map(digits);
  if (format === 'date-time') return instants.map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  const lengths = {
    minLength: typeof minLength === 'number' ? minLength : 0,
    maxLength: typeof maxLength === 'number' ? maxLength : 60,
  };
  const text = fc.string({ unit: 'grapheme', ...lengths });
  if (typeof pattern !== 'string') return text;
  try {
    return fc.stringMatching(new RegExp(pattern));
  } catch {
    // Not every pattern can be turned round: its example has to do.
    return fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/), text);
  }
}

/** The JSON of a value, and what may become of it on the way. */
export const bodyOf = (schema: JsonSchema): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 8, arbitrary: fromSchema(schema).map((value) => Buffer.from(JSON.stringify(value) ?? '')) },
    { weight: 2, arbitrary: fc.tuple(fromSchema(schema), fc.nat()).map(([value, how]) => spoil(value, how)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );

function spoil(value: unknown, how: number): Buffer {
  const text = JSON.stringify(value) ?? '';
  const ways: (() => string | Buffer)[] = [
    () => text.replace('{', '{"name":"first","name":"second","store_code":1,'),
    () => text.replace('{', '{"__proto__":{"admin":true},'),
    () => text.slice(0, -1),
    () => `${text}${text}`,
    () => `\ufeff${text}`,
    () => Buffer.from(text, 'utf16le'),
    () =>
      Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    () => text.replace(/}$/, ',}'),
    () => text.replaceAll('"', "'"),
    () => `/* c */${text}`,
    () => '['.repeat(20_000),
    () => `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    () => '{"name":1e99999,"paused":-1e99999}',
    () => '{"name":NaN}',
    () => JSON.stringify({ name: 'x'.repeat(70_000) }),
    () => Buffer.alloc(80_000, ' '),
    () => '{"name":"\\ud800","timezone":"\\u0000"}',
    () => '',
  ];
  return Buffer.from(ways[how % ways.length]?.() ?? '');
}
