import { collectDefaultMetrics, Registry } from 'prom-client';
import { errorCodeOf, type Logger } from '../logger.ts';
import type { Observer } from '../observe.ts';
import type { Fleet } from '../services/read-fleet.ts';
import { createFleetMetrics } from './fleet-metrics.ts';
import { addProcessMetrics, createObserver, type ProcessState } from './process-metrics.ts';

export interface Metrics {
  /** Counts what this process does. */
  observe: Observer;
  /** Everything in Prometheus' text format. Without the database only what this process itself knows. */
  read(): Promise<{ text: string; contentType: string }>;
}

/** One registry for each object graph, so that several live in one process. No label is a name, a path or free text. */
export function createMetrics(options: {
  state: ProcessState;
  readFleet: () => Promise<Fleet>;
  logger: Logger;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addProcessMetrics(registry, options.state);
  const showFleet = createFleetMetrics(registry);
  return {
    observe: createObserver(registry),
    async read() {
      const fleet = await options.readFleet().catch((error: unknown) => {
        options.logger.warn('fleet not counted', { error_code: errorCodeOf(error) });
        return null;
      });
      showFleet(fleet);
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
