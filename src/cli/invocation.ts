import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Api, connect } from './ask.ts';
import { UsageError } from './problems.ts';
import type { Terminal } from './terminal.ts';

export interface Invocation {
  args: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  terminal: Terminal;
  /** Aborts when somebody presses Ctrl-C. */
  signal: AbortSignal;
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true; args: string[] }>>;

/** What was given to a command, and where it is to go. `names` of its operands; null: the command looks itself. */
export function read<const O extends Options>(
  { args, environment, signal }: Invocation,
  options: O,
  names: readonly string[] | null,
): { api: Api; values: Parsed<O>['values']; operands: string[] } {
  const { values, positionals } = parse(args, options);
  if (names !== null && positionals.length !== names.length) {
    throw new UsageError(names.length === 0 ? 'It takes no operand.' : `It takes ${names.join(' and ')}.`);
  }
  return { api: connect(environment, signal), values, operands: positionals };
}

function parse<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // It names the option, never its value: that may be a key.
    throw new UsageError(
      error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'The command is written wrong.',
    );
  }
}

/** Checked here: what is none would change the address that is asked. */
export function codeOf(code = ''): string {
  if (/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(code)) return code;
  throw new UsageError('CODE: must be 1 to 64 of A-Z a-z 0-9 . _ -');
}

export function oneOf<T extends string>(values: readonly T[], value: string | undefined, name: string): T | undefined {
  if (value === undefined) return undefined;
  const found = values.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${name}: must be one of ${values.join(', ')}.`);
  return found;
}

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without what was left out. */
export const given = <T extends Record<string, unknown>>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
