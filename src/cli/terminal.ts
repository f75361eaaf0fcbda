import { once } from 'node:events';
import type { WriteStream } from 'node:tty';

/** Where the answer goes, and beside it what is said while it is awaited. */
export interface Terminal {
  /** Resolves once there is room for more. */
  out(text: string): Promise<void>;
  say(text: string): void;
  /** One line that replaces itself, or null where there is no screen to do so. */
  screen: { show(line: string): void; clear(): void; columns(): number } | null;
}

const eraseLine = '\r\u001b[2K';

export function createTerminal(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): Terminal {
  const tty = stderr as WriteStream;
  return {
    async out(text) {
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    say: (text) => stderr.write(`${text}\n`),
    screen: tty.isTTY
      ? {
          show: (line) => tty.write(eraseLine + line),
          clear: () => tty.write(eraseLine),
          columns: () => tty.columns,
        }
      : null,
  };
}

/** Texts that others chose must not steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
export const harmless = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '�');
