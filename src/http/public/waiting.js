// Looks every few seconds whether the first numbers have come, and swaps them in without a reload.
const intervalMs = 3_000;
const timeoutMs = 10_000;

const isWaiting = (page) => page.querySelector('[data-waiting]') !== null;

async function look() {
  const response = await fetch(location.href, {
    headers: { Accept: 'text/html' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  const main = fresh.querySelector('main');
  if (main !== null && !isWaiting(fresh)) document.querySelector('main').replaceChildren(...main.childNodes);
}

async function tick() {
  // A failed look is repeated like any other: there is nothing better to tell the owner.
  if (!document.hidden) await look().catch(() => {});
  if (isWaiting(document)) setTimeout(tick, intervalMs);
}

setTimeout(tick, intervalMs);
