// Keeps a page of the console fresh: the server says over one stream when something has changed, and the page then
// fetches itself and swaps what is marked data-live. Without JavaScript everything works all the same, only by hand.
const silenceMs = 12_000;
const reopenMs = 3_000;
const timeoutMs = 10_000;
/** A busy night changes something every second; nobody reads faster than this. */
const pauseMs = { fleet: 1_000, stores: 2_000 };

const content = document.getElementById('content');
const liveState = document.getElementById('live-state');
const signedOut = document.getElementById('signed-out');
const watches = content?.dataset.watches;
/** The answer to a form: there is nothing to fetch again. */
const isAnswer = content?.dataset.answer !== undefined;
let source = null;
let lastHeardMs = 0;
let version = null;
let opened = false;
let wanted = false;
let refreshing = false;

function say(state) {
  const word = liveState.dataset[`${state}Word`];
  if (liveState.textContent !== word) liveState.textContent = word;
  liveState.dataset.tone = state === 'live' ? 'good' : state === 'paused' ? 'idle' : 'bad';
}

/** A swap would take away what somebody is filling in, choosing or selecting. */
function isInUse(region) {
  const selection = getSelection();
  if (selection && !selection.isCollapsed && region.contains(selection.anchorNode)) return true;
  const { activeElement } = document;
  return region.contains(activeElement) && activeElement.matches('input, select, textarea');
}

/** Finds an element again in the page that replaces it, for who works by keyboard; null for one that nothing names. */
function selectorOf(element) {
  const { id, form, localName, parentElement, dataset } = element;
  if (dataset.key) return `[data-key="${CSS.escape(dataset.key)}"]`;
  if (id) return `#${CSS.escape(id)}`;
  if (form) return `form[action="${CSS.escape(form.getAttribute('action'))}"] ${localName}`;
  if (localName === 'a') return `a[href="${CSS.escape(element.getAttribute('href'))}"]`;
  return localName === 'summary' && parentElement.id ? `#${CSS.escape(parentElement.id)} > summary` : null;
}

function swap(region, fresh) {
  const open = new Set([...region.querySelectorAll('details[id][open]')].map(({ id }) => id));
  const checked = new Set([...region.querySelectorAll('input[type=checkbox]:checked')].map(({ value }) => value));
  const focused = region.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  region.replaceChildren(...fresh.childNodes);
  for (const details of region.querySelectorAll('details[id]')) if (open.has(details.id)) details.open = true;
  for (const box of region.querySelectorAll('input[type=checkbox]')) if (checked.has(box.value)) box.checked = true;
  if (focused) region.querySelector(focused)?.focus();
  region.dispatchEvent(new CustomEvent('swapped', { bubbles: true }));
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
/** Costs nothing, and says with its status whether one is signed in. */
const askDoor = () => fetch('/live', { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) });

let signingIn = null;
/**
 * Says that the session is over and where to begin another one, beside this page: what stands on it stays, half-filled
 * forms among it. Resolves once somebody is signed in again, in whatever tab.
 */
export function signedInAgain() {
  signingIn ??= waitForSignIn();
  return signingIn;
}

async function waitForSignIn() {
  source?.close();
  say('ended');
  do {
    // What stands outside an open dialog cannot be pressed.
    const place = document.querySelector('dialog[open]') ?? content.parentElement;
    if (signedOut.parentElement !== place) place.insertBefore(signedOut, place.contains(content) ? content : null);
    signedOut.hidden = false;
    await wait(reopenMs);
  } while (document.hidden || !(await askDoor().catch(() => null))?.ok);
  signedOut.hidden = true;
  signingIn = null;
  open();
}

async function refresh() {
  const response = isAnswer
    ? await askDoor()
    : await fetch(location.href, {
        headers: { Accept: 'text/html', 'X-Refresh': '1' },
        signal: AbortSignal.timeout(timeoutMs),
      });
  if (response.status === 401) return void signedInAgain();
  if (!response.ok) throw new Error(`status ${response.status}`);
  if (isAnswer) return say('live');
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (page.getElementById('content') === null) return void signedInAgain();
  let paused = false;
  for (const region of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(region.id);
    if (fresh?.dataset.state !== undefined) region.dataset.state = fresh.dataset.state;
    if (fresh === null || fresh.innerHTML === region.dataset.seen) continue;
    if (isInUse(region)) {
      paused = true;
      continue;
    }
    region.dataset.seen = fresh.innerHTML;
    swap(region, fresh);
  }
  say(paused ? 'paused' : 'live');
}

async function refreshWhileWanted() {
  refreshing = true;
  while (wanted) {
    wanted = false;
    await refresh().catch(() => say('lost'));
    await wait(pauseMs[watches] ?? 2_000);
  }
  refreshing = false;
}

function keepUp() {
  wanted = true;
  if (!refreshing) refreshWhileWanted().catch(() => say('lost'));
}

function concerns(pulse) {
  if (pulse.alarms !== document.getElementById('alarms')?.dataset.state) return true;
  if (watches === 'fleet') return pulse.version !== version;
  if (watches !== 'stores') return false;
  if (pulse.stores === null) return true;
  const changed = new Set(pulse.stores);
  return [...document.querySelectorAll('[data-store]')].some(({ dataset }) => changed.has(dataset.store));
}

function hear() {
  lastHeardMs = performance.now();
}

function open() {
  if (signingIn) return;
  source?.close();
  source = new EventSource('/live');
  hear();
  source.addEventListener('open', () => {
    hear();
    say('live');
    // What happened while nobody listened.
    if (opened) keepUp();
    opened = true;
  });
  source.addEventListener('ping', () => {
    hear();
    if (liveState.dataset.tone === 'bad') keepUp();
  });
  source.addEventListener('away', () => {
    hear();
    say('away');
  });
  source.addEventListener('pulse', ({ data }) => {
    hear();
    const pulse = JSON.parse(data);
    const due = concerns(pulse);
    version = pulse.version;
    if (due || liveState.dataset.tone === 'bad') keepUp();
  });
  source.addEventListener('error', () => {
    // The browser opens it again by itself, unless it was refused.
    if (source.readyState !== EventSource.CLOSED) return;
    // It was: because the session is over, or because the server does not work.
    keepUp();
    setTimeout(() => !document.hidden && open(), reopenMs);
  });
}

if (content !== null) {
  // On a phone the sections scroll sideways: the present one has to be in sight.
  document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  open();
  setInterval(() => {
    if (!document.hidden && !signingIn && performance.now() - lastHeardMs > silenceMs) {
      say('lost');
      open();
    }
  }, 2_000);
  addEventListener('offline', () => !signingIn && say('lost'));
  addEventListener('online', open);
  // Browsers allow six connections to a host: a tab that nobody sees gives its one back.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) source?.close();
    else {
      open();
      keepUp();
    }
  });
}

// A notice is said once: a reload does not say it again.
if (/[?&]said=/.test(location.search)) {
  const url = new URL(location.href);
  url.searchParams.delete('said');
  url.searchParams.delete('of');
  history.replaceState(null, '', url);
}

document.addEventListener('submit', (event) => {
  const question = event.target.dataset.confirm;
  if (!question) return;
  if (!confirm(question)) return event.preventDefault();
  // Whoever has no JavaScript is asked by the server, on a page of its own.
  event.target.append(
    Object.assign(document.createElement('input'), { type: 'hidden', name: 'confirmed', value: 'yes' }),
  );
});

for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener('focus', () => field.select());
  button.hidden = !navigator.clipboard;
  const copied = () => {
    button.textContent = button.dataset.copiedWord;
  };
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(field.value).then(copied, () => field.select());
  });
}
for (const button of document.querySelectorAll('[data-share]')) {
  const field = document.getElementById(button.dataset.share);
  button.hidden = !navigator.share;
  button.addEventListener('click', () => {
    navigator.share({ text: button.dataset.shareText, url: field.value }).catch(() => undefined);
  });
}
