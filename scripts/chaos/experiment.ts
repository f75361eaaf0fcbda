import type { Rig } from './rig.ts';

/** A wrong edit of our own source. It applies at exactly one place, or the run that plants it fails. */
export interface Defect {
  name: string;
  /** From the root of the repository. */
  file: string;
  find: string;
  replace: string;
  /** Set where the experiment can only break off on it: else that shows nothing, and counts as not caught. */
  mayBreakOff?: true;
}

/** What an experiment is given. Everything it starts is registered with `rig.cleanup`. */
export interface Trial {
  /** How often to do it. */
  n: number;
  seed: number;
  /** In [0, 1), from the seed: what is drawn in the same order is drawn alike. */
  random: () => number;
  rig: Rig;
  /** Progress, for whoever waits. */
  say: (progress: string) => void;
  signal: AbortSignal;
}

export interface Outcome {
  /** How often it was done. */
  n: number;
  /** What went wrong, a sentence each; empty when the figure holds. */
  failures: string[];
  /** Figures beside the verdict, such as `recovery p99: 11.2 s`. */
  measured: string[];
}

/** One line of the table: a figure, how it is made, and the defects it must notice. */
export interface Experiment {
  name: string;
  /** What holds when it passes, in a few words. */
  figure: string;
  /** n of `--quick` and `--full`, and the n at which a planted defect is surely caught. */
  quick: number;
  full: number;
  negative: number;
  run(trial: Trial): Promise<Outcome>;
  defects: readonly Defect[];
}
