/** What Redocly's strictest rules have to say about /openapi.json: one line each. Exits 1 when there is anything. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describeApi } from './describe-api.ts';

const config = await createConfig({ extends: ['recommended-strict'] });
const problems = await lintFromString({ source: await describeApi(), config });
for (const { ruleId, message, location } of problems) {
  console.error(`${ruleId}: ${message} (${location.map(({ pointer }) => pointer ?? '').join(', ')})`);
}
process.exitCode = problems.length === 0 ? 0 : 1;
