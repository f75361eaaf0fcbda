/** Thrown instead of beginning something that this process will not live to finish. Costs no attempt. */
export class StoppingError extends Error {
  readonly code = 'STOPPING';

  constructor() {
    super('this process is stopping');
    this.name = 'StoppingError';
  }
}

/** Throws StoppingError once this process was told to stop. */
export function throwIfStopping(stopping: AbortSignal): void {
  if (stopping.aborted) throw new StoppingError();
}
