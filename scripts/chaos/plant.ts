import { registerHooks } from 'node:module';
import { plant, plantedDefect } from './planted.ts';

// Loaded by `node --import` before anything else: applies one defect to our own source as it is read, never on disk.

const defect = plantedDefect();

if (defect) {
  const { pathname } = new URL(`file://${defect.file}`);
  registerHooks({
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      if (URL.parse(url)?.pathname !== pathname) return result;
      return { ...result, source: plant(String(result.source), defect) };
    },
  });
}
