import { defineConfig } from 'oxlint';

/** Files under `files` may import only themselves and what `allowed` lists; type-only and dynamic imports count too. */
function mayImport(files: string, allowed: string[], reason: string) {
  // `env` must not slip in through node:process where process.env may not be read.
  const group = ['*', '!./**', ...allowed.map((specifier) => `!${specifier}`), 'node:process'];
  return restrict(files, [{ group, message: reason }]);
}

function restrict(files: string | string[], patterns: { group: string[]; message: string }[]) {
  const rule: ['error', { patterns: typeof patterns }] = ['error', { patterns }];
  return { files: [files].flat(), rules: { 'no-restricted-imports': rule } };
}

const shared = ['../clock.ts', '../errors.ts', '../logger.ts', '../observe.ts', '../tracing.ts'];
const node = ['node:*', 'node:*/*'];
const web = ['hono', 'hono/**', '@hono/**', 'zod', ...node];
const httpReason = 'HTTP translates requests into service calls; it never touches db/, tiktok/ or jobs/.';
const drivers = [
  { group: ['pg', 'pg-copy-streams', 'drizzle-orm', 'drizzle-orm/**'], message: 'db/ alone speaks SQL.' },
  { group: ['pg-boss', 'node-cron'], message: 'jobs/ alone knows the queue and cron.' },
  { group: ['prom-client'], message: 'metrics/ alone counts.' },
  { group: ['nodemailer', 'nodemailer/**'], message: 'channels/ alone sends mail.' },
  { group: ['undici'], message: 'tiktok/ alone asks TikTok.' },
  { group: ['@opentelemetry/**'], message: 'tracing.ts alone names spans.' },
];
const demo = ['src/demo.ts', 'src/demo/**'];
const simulator = {
  group: ['**/simulator/**', '**/demo/**', '**/demo.ts'],
  message: 'The simulator and the demo must not reach production.',
};

export default defineConfig({
  plugins: ['typescript', 'import', 'node', 'promise', 'unicorn', 'oxc', 'vitest'],
  options: { typeAware: true },
  categories: { correctness: 'error' },
  ignorePatterns: ['drizzle/**', 'client/**'],
  rules: {
    // A Drizzle query is a thenable that never runs unless awaited; `void` would not run it either.
    'typescript/no-floating-promises': ['error', { checkThenables: true, ignoreVoid: false }],
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/only-throw-error': 'error',
    // `signal.reason` is of any type.
    'typescript/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
    'typescript/restrict-plus-operands': 'error',
    'typescript/no-deprecated': 'error',
    'typescript/no-unnecessary-type-assertion': 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'error',
    // Biome has this one, with an ignore comment where a control character is meant.
    'no-control-regex': 'off',
    // tsc reports unused names; factories return closures, which have no `this` to lose.
    'no-unused-vars': 'off',
    'typescript/unbound-method': 'off',
    // Copying a Map's values before deleting from it is no waste.
    'unicorn/no-useless-spread': 'off',
    // hono/html templates, URL and URLSearchParams look like plain objects to these.
    'typescript/no-base-to-string': 'off',
    'typescript/restrict-template-expressions': 'off',
  },
  overrides: [
    { files: ['src/**'], rules: { 'no-console': 'error', 'node/no-process-env': 'error' } },
    {
      files: ['src/main.ts', 'src/demo.ts', 'src/cli.ts'],
      rules: { 'no-console': 'off', 'node/no-process-env': 'off' },
    },
    { files: ['src/demo/**'], rules: { 'no-console': 'off' } },

    // Hono's listener answers its own errors: its promise never rejects.
    { files: ['src/http/server.ts'], rules: { 'typescript/no-misused-promises': 'off' } },
    {
      files: ['tests/**'],
      rules: {
        // A test may throw anything at the code it tries, and hand async callbacks to a server of its own.
        'typescript/only-throw-error': 'off',
        'typescript/no-misused-promises': 'off',
        // An assertion may be started first and awaited later; no-floating-promises sees the forgotten ones.
        'vitest/valid-expect': 'off',
        'vitest/require-awaited-expect-poll': 'off',
        // Rows of a table of cases may expect different things, and helpers may assert.
        'vitest/no-conditional-expect': 'off',
        'vitest/no-standalone-expect': 'off',
        'typescript/require-array-sort-compare': 'off',
        'vitest/require-mock-type-parameters': 'off',
      },
    },

    // Of several overrides that match a file the last one counts.
    restrict('src/**', [...drivers, simulator]),
    restrict(demo, drivers),
    restrict(['src/tracing.ts', 'src/start-tracing.ts'], [simulator]),
    restrict('scripts/**', [...drivers, simulator]),
    restrict(['scripts/bench/**', 'scripts/chaos/**', 'scripts/rig/**'], drivers),
    // It dies in the middle of a statement, and so has to stand between the driver and everybody else.
    restrict('scripts/chaos/failpoint-process.ts', []),
    // It compares with what the driver gives by itself.
    restrict('scripts/bench-numbers.ts', []),
    // Each stands for what people would use instead of us.
    restrict('scripts/bench/contenders/**', []),
    restrict('tests/**', [{ group: ['node:test', 'node:assert', 'node:assert/*'], message: 'Vitest runs the tests.' }]),

    mayImport('src/domain/**', [], 'domain/ is pure: decisions without I/O, so it imports only itself.'),
    mayImport('src/crypto/**', ['node:crypto'], 'crypto/ needs node:crypto alone, so that one sitting audits it.'),
    mayImport(
      'src/spool/**',
      ['zod', '../crypto/hash.ts', ...node],
      'spool/ keeps files; what they mean is decided by services.',
    ),
    mayImport(
      'src/tiktok/**',
      ['node:stream', 'node:zlib', 'undici', 'zod', '../crypto/*', '../domain/*', ...shared],
      'tiktok/ speaks to TikTok; it stores nothing and serves nothing.',
    ),
    mayImport(
      'src/channels/**',
      ['nodemailer', ...node, '../crypto/hash.ts', '../config.ts', '../domain/*', ...shared],
      'channels/ brings a notice outside; when, and what it says, is decided by services and domain.',
    ),
    mayImport(
      'src/db/**',
      [
        'pg',
        'pg-copy-streams',
        'drizzle-orm',
        'drizzle-orm/**',
        ...node,
        '../crypto/hash.ts',
        '../domain/*',
        ...shared,
      ],
      'db/ holds queries; who calls them and what TikTok says is not its business.',
    ),
    mayImport(
      'src/services/**',
      [
        'zod',
        'node:crypto',
        'node:timers/promises',
        '../db/*',
        '../tiktok/*',
        '../channels/*',
        '../crypto/*',
        '../spool/*',
        '../domain/*',
        ...shared,
      ],
      'Services know no framework, queue, ORM or HTTP, so that every entry can call them.',
    ),
    mayImport(
      'src/jobs/**',
      ['pg-boss', 'node-cron', 'zod', ...node, '../services/*', '../channels/*', '../db/*', '../domain/*', ...shared],
      'A worker parses a payload, calls one service and maps its outcome; TikTok and HTTP are not for it.',
    ),
    mayImport(
      'src/metrics/**',
      ['prom-client', '../services/*', '../domain/*', ...shared],
      'metrics/ counts what it is told, and shows what a service has read.',
    ),
    mayImport('src/http/*.ts', [...web, '../services/*', '../domain/*', '../config.ts', ...shared], httpReason),
    mayImport(
      'src/http/*/**',
      [...web, '../*.ts', '../middleware/*', '../pages/*', '../routes/*', '../../services/*', '../../domain/*'].concat([
        '../../config.ts',
        ...shared.map((file) => `../${file}`),
      ]),
      httpReason,
    ),
    // One room deeper, the same neighbours.
    mayImport(
      'src/http/*/console/**',
      [...web, '../*.ts', '../../*.ts', '../../middleware/*', '../../pages/**', '../../routes/*']
        .concat(['../../../services/*', '../../../domain/*', '../../../../domain/*'])
        .concat(
          shared.map((file) => `../../${file}`),
          ['uqr'],
        ),
      httpReason,
    ),
    mayImport(
      'src/client/**',
      ['hono/client', '../http/api.ts'],
      'client/ is given away: of src/ it knows types alone.',
    ),
    mayImport(
      'src/cli/**',
      [...node, 'harian/client', '../http/csv.ts'],
      'The command line knows Harian from outside: through its client.',
    ),
    mayImport(
      'src/simulator/**',
      [...web, '../clock.ts'],
      "The simulator is TikTok's side: code shared with the app would share its misreadings.",
    ),
  ],
});
