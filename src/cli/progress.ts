import type { Terminal } from './terminal.ts';

export interface Progress {
  show(job: JobProgress): void;
  /** The line is left behind. */
  end(): void;
}

interface JobProgress {
  state: string;
  retry_at: string | null;
  progress: { pages: number; videos: number } | null;
}

const barWidth = 24;
/** Where lines stay, one in so many milliseconds is enough, and one for every new state. */
const lineEveryMs = 10_000;

/** A bar on a screen, lines elsewhere. `expected` videos; null when nobody knows. */
export function createProgress({ screen, say }: Terminal, expected: number | null): Progress {
  let said = '';
  let saidAt = 0;
  return {
    show(job) {
      const text = describe(job, expected);
      if (screen) {
        // A line that is broken by the screen's edge cannot be replaced.
        screen.show(`${bar(job, expected)} ${text}`.slice(0, screen.columns() - 1));
        return;
      }
      const isNews = job.state !== said || performance.now() - saidAt >= lineEveryMs;
      if (!isNews) return;
      say(text);
      said = job.state;
      saidAt = performance.now();
    },
    end: () => screen?.clear(),
  };
}

function describe({ state, retry_at: retryAt, progress }: JobProgress, expected: number | null): string {
  const until = retryAt === null ? '' : ` until ${retryAt}`;
  const of = expected === null ? '' : ` of about ${expected}`;
  return `${state}${until}${progress === null ? '' : `, ${progress.videos}${of} videos`}`;
}

function bar({ state, progress }: JobProgress, expected: number | null): string {
  const videos = progress?.videos ?? 0;
  const share = state === 'completed' ? 1 : expected === null || expected === 0 ? 0 : Math.min(videos / expected, 0.99);
  const filled = Math.round(share * barWidth);
  return `[${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}] ${String(Math.round(share * 100)).padStart(3)} %`;
}
