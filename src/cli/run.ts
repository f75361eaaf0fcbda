import { type Command, commands } from './commands.ts';
import type { Invocation } from './invocation.ts';
import { Failure, UsageError } from './problems.ts';

/** The exit code: 0 done · 1 refused or failed · 2 written wrong · 130 ended by Ctrl-C. */
export async function run({ args, environment, terminal, signal }: Invocation): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    await terminal.out(help());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    if (!command) throw new UsageError(`There is no command ${name}: harian help lists them.`);
    if (rest.includes('--help') || rest.includes('-h')) await terminal.out(`${usageOf(command)}\n`);
    else await command.run({ args: rest, environment, terminal, signal });
    return 0;
  } catch (error) {
    terminal.screen?.clear();
    if (signal.aborted) return 130;
    if (error instanceof UsageError) {
      terminal.say(command ? `${error.message}\nUsage: ${usageOf(command)}` : error.message);
      return 2;
    }
    if (!(error instanceof Failure)) throw error;
    terminal.say(error.message);
    return 1;
  }
}

const usageOf = ({ usage }: Command) => `harian ${usage}`;

function help(): string {
  const lines = Object.values(commands).map(({ usage, does }) => `  harian ${usage}\n      ${does}`);
  return `Harian from the command line.

${lines.join('\n')}

HARIAN_URL and HARIAN_KEY come from the environment. --json answers as the API does, one item of a list a line.
Exit codes: 0 done, 1 refused or failed, 2 written wrong, 130 ended by Ctrl-C.
`;
}
