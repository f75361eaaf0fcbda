import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError } from '../../../errors.ts';
import { healthOf } from '../../../services/watch-fleet.ts';
import type { AdminVariables } from '../../admin-variables.ts';
import type { GuardedDependencies } from '../../dependencies.ts';
import { statusOf, wantsPage } from '../../error-handler.ts';
import { confirmPage, type Question } from '../../pages/console/confirm-page.ts';
import type { ConsoleModel, Section } from '../../pages/console/console-model.ts';
import { sectionAddresses } from '../../pages/console/frame.ts';
import { refusedPage } from '../../pages/console/refused-page.ts';
import { isSaid, noticeTexts, type Said } from '../../pages/console/texts/notices.ts';
import { pickLanguage } from '../../pages/language.ts';
import { ownPathOf, wayBack } from '../../way-back.ts';
import { readForm } from './form.ts';

export type AdminContext = Context<{ Variables: AdminVariables }>;

/** Where to go after a change, and what to say there; `said` and `of` stand in the address, so nothing secret. */
export interface Done {
  to: string;
  said: Said;
  of: string;
}

/** What every page of the console is told. */
export async function consoleModel(c: AdminContext, deps: GuardedDependencies): Promise<ConsoleModel> {
  const { name, scope } = c.get('admin');
  const language = pickLanguage(c.req.header('accept-language'));
  const said = c.req.query('said') ?? '';
  const notice = isSaid(said) ? noticeTexts[language][said](c.req.query('of')?.slice(0, 200) ?? '') : null;
  return {
    language,
    simulated: deps.simulated,
    publicUrl: deps.publicUrl,
    admin: { name, scope },
    now: deps.clock.now().toISOString(),
    notice: notice === null ? null : { tone: 'good', text: notice },
    health: healthOf(await deps.watch.read()),
    answersForm: c.req.method === 'POST',
  };
}

type Form = Readonly<Record<string, string>>;

/** The page whose form was sent, also by way of the page that asked once more; else `otherwise`. */
export const cameFrom = (c: AdminContext, deps: GuardedDependencies, form: Form, otherwise?: string): string =>
  form.back === undefined ? wayBack(c, deps.publicUrl, otherwise) : ownPathOf(form.back);

/** The page that asks first; null once that was answered, there or to public/live.js. */
export async function askFirst(
  c: AdminContext,
  deps: GuardedDependencies,
  form: Form,
  question: Question,
): Promise<Response | null> {
  if (form.confirmed === 'yes') return null;
  if (!wantsPage(c)) throw new AppError('INVALID_REQUEST', 'confirmed: must be yes for what takes something away.');
  // Nothing was changed, so nothing is recorded.
  c.get('change').recorded = true;
  const model = await consoleModel(c, deps);
  const backTo = cameFrom(c, deps, form, sectionAddresses[question.section]);
  return c.html(confirmPage({ ...model, ...question, to: c.req.path, backTo }));
}

/**
 * A change asked for by a form of ours: 303 to a page that says what was done, so that a reload does not repeat it. A
 * refusal is a page with the way back.
 */
export function change(
  deps: GuardedDependencies,
  section: Section,
  work: (c: AdminContext, form: Form) => Promise<Done | Response>,
) {
  return async (c: AdminContext): Promise<Response> => {
    let form: Form = {};
    try {
      form = await readForm(c);
      const done = await work(c, form);
      if (done instanceof Response) return done;
      const { to, said, of } = done;
      const query = new URLSearchParams({ said, of });
      return c.redirect(`${to}${to.includes('?') ? '&' : '?'}${query.toString()}`, 303);
    } catch (error) {
      if (!wantsPage(c) || !(error instanceof AppError)) throw error;
      const status: ContentfulStatusCode = statusOf[error.code];
      if (status >= 500 || status === 401 || status === 403) throw error;
      c.get('change').refusal = error.code;
      for (const [name, value] of Object.entries(error.headers)) c.header(name, value);
      const { message, code } = error;
      const model = await consoleModel(c, deps);
      return c.html(refusedPage({ ...model, section, message, code, backTo: cameFrom(c, deps, form) }), status);
    }
  };
}
