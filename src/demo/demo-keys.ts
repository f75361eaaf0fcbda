import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { randomToken } from '../crypto/hash.ts';

const demoKeys = z.strictObject({
  adminKey: z.string().min(32),
  clientSecret: z.string().min(32),
  tokenEncKey: z.string().min(44),
});

/** The demo's own secrets: nothing of the developer's environment is among them. */
export type DemoKeys = z.infer<typeof demoKeys>;

/** Reads them, or makes random ones at the first start. Throws when the file is there and cannot be read. */
export async function readOrMakeKeys(path: string): Promise<DemoKeys> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text !== null) return demoKeys.parse(JSON.parse(text));
  const keys = {
    adminKey: `demo_${randomToken()}`,
    clientSecret: randomToken(),
    tokenEncKey: `demo:${randomBytes(32).toString('base64')}`,
  };
  await mkdir(dirname(path), { recursive: true });
  // Written whole and then renamed: a kill in between must not leave half a key.
  const draft = await open(`${path}.next`, 'w', 0o600);
  await draft.writeFile(JSON.stringify(keys));
  await draft.sync();
  await draft.close();
  await rename(`${path}.next`, path);
  return keys;
}
