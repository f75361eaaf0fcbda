import { registerHooks } from 'node:module';

/**
 * Node reads the package.json of drizzle-orm, 180 KB of exports, for every one of its hundred files, to learn each time that
 * they are modules: 1.9 s of the import's 2.1 on a busy machine. Told so beforehand, it does not look. Comes before all else.
 */
const inDrizzle = /\/node_modules\/drizzle-orm\/.+\.js$/;

registerHooks({
  resolve(specifier, context, resolveNext) {
    if (!specifier.startsWith('.') || !inDrizzle.test(context.parentURL ?? '')) return resolveNext(specifier, context);
    return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true };
  },
});
