import { execFile } from 'node:child_process';

/** A command of scripts/ as an operator runs it, with nobody at the terminal and no environment but this one. */
export function runCommand(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<{ exitCode: number; out: string; error: string }> {
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((done) => {
    const child = execFile(process.execPath, [`scripts/${script}`, ...args], { env }, (_, out, error) =>
      done({ exitCode: child.exitCode ?? -1, out, error }),
    );
    child.stdin?.end();
  });
}
