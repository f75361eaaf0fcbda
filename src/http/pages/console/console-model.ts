import type { AdminScope } from '../../../domain/admin-scope.ts';
import type { FleetHealth } from '../../../domain/fleet-health.ts';
import type { Language } from '../view-models.ts';

/** Where in the console somebody is. */
export type Section = 'today' | 'stores' | 'queue' | 'log' | 'audit' | 'keys' | 'settings';

/** What every page of the console is told. Times are ISO 8601 UTC. */
export interface ConsoleModel {
  language: Language;
  simulated: boolean;
  publicUrl: string;
  /** Who is signed in: only what this scope allows is offered. */
  admin: { name: string; scope: AdminScope };
  now: string;
  /** What came of the change that led here. */
  notice: Notice | null;
  health: FleetHealth;
  /** It answers a form: its address has nothing, or something else, to fetch again. */
  answersForm: boolean;
}

export interface Notice {
  tone: 'good' | 'bad';
  text: string;
}
