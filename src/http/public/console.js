// Keeps the console fresh. Without it the page works all the same, only by hand.
const intervalMs = 3_000;
const timeoutMs = 10_000;
// A page that answered a form shows the console: from here on its address is the console's, also for a reload.
if (location.pathname !== '/') history.replaceState(null, '', '/');

const live = document.getElementById('live');
const liveState = document.getElementById('live-state');

/** A swap would take away what somebody is filling in or selecting. */
function isInUse() {
  const selection = getSelection();
  const selecting = selection && !selection.isCollapsed && live.contains(selection.anchorNode);
  return selecting || (live.contains(document.activeElement) && document.activeElement.closest('form') !== null);
}

function say(word, tone) {
  if (liveState.textContent !== word) liveState.textContent = word;
  liveState.dataset.tone = tone;
}

async function refresh() {
  const response = await fetch(location.href, {
    headers: { Accept: 'text/html', 'X-Refresh': '1' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok && response.status !== 401) throw new Error(`status ${response.status}`);
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById('live');
  // Signed out meanwhile: the reload shows the way back in.
  if (fresh === null) return location.reload();
  if (isInUse()) return say('Paused', 'idle');
  if (fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes);
  say('Live', 'good');
}

async function tick() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    say('Connection lost, retrying', 'bad');
  }
  setTimeout(tick, intervalMs);
}

say('Live', 'good');
setTimeout(tick, intervalMs);

document.getElementById('connect-link')?.addEventListener('focus', (event) => event.target.select());
