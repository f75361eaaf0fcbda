/** The command is written wrong: exit code 2. */
export class UsageError extends Error {}

/** It was refused, or came to nothing: exit code 1. */
export class Failure extends Error {}

/** What Harian itself refused, with its code. */
export class Refused extends Failure {
  readonly code: string;
  /** Where to look instead: of the job already running. */
  readonly location: string | null;

  constructor(code: string, message: string, location: string | null) {
    super(`${code}: ${message}`);
    this.code = code;
    this.location = location;
  }
}

/** Nobody answered, or with what is none of Harian's: a little later it may be otherwise. */
export class NoAnswer extends Failure {}
