import { html } from 'hono/html';
import { includesScope } from '../../../domain/admin-scope.ts';
import type { NextStep, Standing } from '../../../domain/diagnose-store.ts';
import { explainReason } from '../../../domain/explain-reason.ts';
import { explainError } from '../explain-error.ts';
import { formatCount, formatInstant, formatRelative } from '../format.ts';
import type { Html } from '../layout.ts';
import { localMoment } from './local-moment.ts';
import { actionForm, storeAddress } from './parts.ts';
import type { StoreModel } from './store-model.ts';
import { type Said, storeTexts } from './texts/store.ts';

const tones: Readonly<Record<Standing, string>> = {
  blocked: 'bad',
  under_way: 'under_way',
  incomplete: 'warn',
  well: 'good',
};

/** Why this store does not sync, or that it does: one sentence, and the one thing to do. */
export function whyNot(model: StoreModel): Html {
  const texts = storeTexts[model.language];
  const { standing, matter, next } = model.detail.diagnosis;
  const button = includesScope(model.admin.scope, 'operate') && stepButton(model, next);
  return html`<div class="hint why ${tones[standing]}"><div class="why-words"><h2 id="why-title">${texts.headings[standing]}</h2>
<p>${texts[matter](whatToSay(model))}</p>
${next === 'wait' && standing !== 'well' && html`<p class="quiet">${texts.wait}</p>`}</div>
${button}</div>`;
}

function stepButton(model: StoreModel, next: NextStep): Html | false {
  const { resync, link, resume } = storeTexts[model.language].actions;
  const base = storeAddress(model.detail.view.store.storeCode);
  switch (next) {
    case 'connect_link':
      return actionForm({ to: `${base}/connect-link`, word: link, primary: true });
    case 'resume':
      return actionForm({ to: `${base}/resume`, word: resume, primary: true });
    case 'resync':
      return actionForm({ to: `${base}/resync`, word: resync, primary: true });
    case 'start_process':
    case 'wait':
      return false;
  }
}

function whatToSay(model: StoreModel): Said {
  const { language, now, detail, health } = model;
  const { view, job, days, lastError, missingScopes } = detail;
  const place = { timezone: view.store.timezone, today: detail.today, language };
  const local = (instant: Date | null | undefined) => (instant ? localMoment(instant, place) : null);
  const day = days.findLast(({ snapshotDate }) => snapshotDate === detail.today);
  const code = (job === null ? day?.reason : null) ?? lastError?.errorCode ?? null;
  const ends = view.account?.refreshExpiresAt?.toISOString();
  const reason =
    missingScopes.length > 0 ? `SCOPE_MISSING: ${missingScopes.join(', ')}` : (view.store.statusReason ?? 'UNKNOWN');
  const count = (value: number | undefined) => formatCount(value ?? 0, language);
  return {
    reason: explainReason(reason, language).what,
    error: code === null ? storeTexts[language].notRead : explainError(code, language),
    next: local(job === null ? detail.nextAttemptAt : job.retryAt),
    read: local(view.store.lastSyncedAt),
    ends: ends === undefined ? '' : formatRelative(ends, now, language),
    breakerSince: health.breakerSince === null ? null : formatInstant(health.breakerSince),
    attempt: count(job?.attempt),
    attempts: count(job?.maxAttempts),
    pages: count(job?.progress?.pages),
    videos: count(job?.progress?.videos),
    before: count(job?.jobsBefore ?? 0),
  };
}
