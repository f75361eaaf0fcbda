import { html } from 'hono/html';
import type { LiveProcess, Settings } from '../../../services/read-settings.ts';
import { formatCount, formatInstant } from '../format.ts';
import type { Html } from '../layout.ts';
import { cardsTable } from './cards-table.ts';
import type { ConsoleModel } from './console-model.ts';
import { consoleFrame } from './frame.ts';
import { dash, marked, moment } from './parts.ts';
import { settingsTexts } from './texts/settings.ts';

export interface SettingsModel extends ConsoleModel {
  settings: Settings;
}

type Row = readonly [term: string, value: unknown];

/** What is configured, never a secret; admins only. */
export function settingsPage(model: SettingsModel): Html {
  const { language, settings } = model;
  const texts = settingsTexts[language];
  const { configured, schema } = settings;
  const { tiktok, sync, notices, keep, versions } = configured;
  const count = (value: number) => formatCount(value, language);
  const isSet = (set: boolean) => marked(set ? { word: texts.set, tone: 'good' } : { word: texts.notSet, tone: 'bad' });
  const code = (text: string) => html`<code>${text}</code>`;
  const group = (id: string, title: string, rows: readonly Row[]) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<dl class="rows fields-list">${rows.map(([term, value]) => html`<div><dt class="caption">${term}</dt><dd>${value}</dd></div>`)}</dl></section>`;
  return consoleFrame({
    model,
    section: 'settings',
    title: texts.title,
    watches: null,
    body: html`<h1>${texts.title}</h1>
<p class="quiet">${texts.lead}</p>
<section aria-labelledby="processes"><h2 id="processes">${texts.processes}</h2>${processes(model)}</section>
<div class="columns">
${group('addresses', texts.addresses, [
  [texts.publicUrl, code(configured.publicUrl)],
  [texts.redirectUri, code(tiktok.redirectUri)],
  [texts.authUrl, code(tiktok.authUrl)],
  [
    texts.apiUrl,
    html`${code(tiktok.apiUrl)} <small class="line">${tiktok.simulated ? texts.simulated : texts.real}</small>`,
  ],
])}
${group('tiktok', texts.tiktok, [
  [texts.clientKey, isSet(tiktok.hasClientKey)],
  [texts.clientSecret, isSet(tiktok.hasClientSecret)],
  [texts.requests, texts.requestsOf(count(tiktok.requestsPerMinute))],
])}
${group('sync', texts.sync, [
  [texts.localTime, texts.localTimeOf(sync.localTime)],
  [texts.timezone, sync.timezone],
  [texts.cron, code(sync.cron)],
  [texts.ticks, settings.nextTicks.map((tick) => html`<span class="line">${formatInstant(tick.toISOString())}</span>`)],
  [texts.concurrency, texts.concurrencyOf(count(sync.concurrency))],
])}
${group('storage', texts.storage, [
  [
    texts.database,
    configured.embeddedDatabase ? texts.embedded(schema.postgresVersion) : texts.external(schema.postgresVersion),
  ],
  [texts.timeout, texts.timeoutOf(count(configured.databaseTimeoutMs))],
  [texts.numbersKept, texts.keptOf(keep.numbersDays === null ? null : count(keep.numbersDays))],
  [texts.logsKept, texts.keptOf(count(keep.syncLogsDays))],
  [texts.migrations, texts.migrationsOf(count(schema.migrationsApplied), count(schema.migrationsKnown))],
  [texts.tokenKeys, tokenKeys(model)],
  [texts.spool, settings.spooled === null ? texts.spoolUnknown : count(settings.spooled)],
])}
${group('notices', texts.notices, [
  [texts.webhook, notices.webhook ? (notices.webhook.signed ? texts.signed : texts.unsigned) : texts.nowhere],
  [texts.email, notices.emailRecipients > 0 ? texts.emailOf(count(notices.emailRecipients)) : texts.nowhere],
])}
${group('versions', texts.versions, [
  ['Harian', versions.harian],
  ['Node.js', versions.node],
  [texts.queueSchema, String(schema.queueSchemaVersion)],
  [texts.logLevel, code(configured.logLevel)],
  [texts.mode, configured.production ? texts.production : texts.development],
])}
</div>`,
  });
}

function tokenKeys({ language, settings }: SettingsModel): Html {
  const texts = settingsTexts[language];
  const [current] = settings.configured.tokenKeyIds;
  return html`${settings.tokenKeys.map(
    ({ id, accounts, inRing }) =>
      html`<span class="line"><code>${id}</code> ${texts.accounts(formatCount(accounts, language))}${
        id === current && html` <small>${texts.encrypts}</small>`
      }${!inRing && html` ${marked({ word: texts.missing, tone: 'bad' })}`}</span>`,
  )}`;
}

function processes(model: SettingsModel): Html {
  const { language, settings } = model;
  const texts = settingsTexts[language];
  return cardsTable<LiveProcess>({
    label: texts.processes,
    rows: settings.processes,
    columns: [
      {
        name: texts.process,
        cell: ({ processId, isThis }) =>
          html`<code>${processId.slice(0, 8)}</code>${isThis && html` <small>(${texts.thisOne})</small>`}`,
      },
      { name: texts.roles, cell: ({ roles }) => roles.join(', ') },
      {
        name: texts.state,
        cell: ({ isLive }) =>
          marked(isLive ? { word: texts.running, tone: 'good' } : { word: texts.silent, tone: 'bad' }),
      },
      { name: texts.since, cell: ({ startedAt }) => moment(startedAt.toISOString(), model) },
      { name: texts.seen, cell: ({ seenAt }) => moment(seenAt.toISOString(), model) },
      { name: texts.works, cell: (process) => works(process, model) },
    ],
  });
}

/** When each role last did something; a role that hangs is not renewed. */
function works({ workerSeenAt, schedulerSeenAt }: LiveProcess, model: SettingsModel): Html {
  const texts = settingsTexts[model.language];
  if (workerSeenAt === null && schedulerSeenAt === null) return dash(model.language);
  return html`<div>${workerSeenAt && html`<span class="line">${texts.worker} ${moment(workerSeenAt.toISOString(), model)}</span>`}
${schedulerSeenAt && html`<span class="line">${texts.scheduler} ${moment(schedulerSeenAt.toISOString(), model)}</span>`}</div>`;
}
