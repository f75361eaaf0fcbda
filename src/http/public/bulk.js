import { signedInAgain } from './live.js';

// Does something to many stores: counts what is ticked, sends it in batches one after the other, and tells how it goes.
// Without it the form does the same for one page, answered by a page.
const batchSize = 50;
/** More than this are in the CSV only: nobody copies a hundred links one by one. */
const listedLinks = 200;
const timeoutMs = 120_000;

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat(document.documentElement.lang);
const fill = (text, values) => text.replaceAll(/\{(\w+)\}/g, (_all, name) => values[name]);

for (const button of document.querySelectorAll('[data-download]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    // A textarea gives its lines back without the CR that CSV ends them with.
    const text = at(button.dataset.download).value.replaceAll('\n', '\r\n');
    const file = new Blob([text], { type: 'text/csv' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = button.dataset.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  });
}

const form = at('bulk');
if (form !== null) {
  const words = JSON.parse(form.dataset.words);
  const pickAll = at('pick-all');
  const dialog = at('bulk-run');
  /** Whether all that match are meant, beyond this page. */
  let all = false;

  const boxes = () => [...document.querySelectorAll('#store-list input[name=code]')];
  const total = () => Number(at('store-total')?.dataset.total ?? 0);

  const show = () => {
    const ticked = boxes().filter(({ checked }) => checked).length;
    const whole = ticked > 0 && ticked === boxes().length;
    if (!whole) all = false;
    pickAll.checked = whole;
    pickAll.indeterminate = ticked > 0 && !whole;
    const count = number.format(total());
    const said = all
      ? fill(words.allSelected, { total: count })
      : fill(words.selected, { count: number.format(ticked) });
    if (at('bulk-count').textContent !== said) at('bulk-count').textContent = said;
    at('bulk-all').textContent = fill(words.selectAll, { total: count });
    at('bulk-all').hidden = all || !whole || total() <= ticked;
  };
  const tickAll = (checked) => {
    all = false;
    for (const box of boxes()) box.checked = checked;
    show();
  };

  pickAll.closest('label').hidden = false;
  at('bulk-count').parentElement.hidden = false;
  document.addEventListener('change', ({ target }) => {
    if (target === pickAll) tickAll(pickAll.checked);
    else if (target.name === 'code') {
      all = false;
      show();
    }
  });
  document.addEventListener('swapped', show);
  at('bulk-clear').addEventListener('click', () => {
    tickAll(false);
    pickAll.focus();
  });
  at('bulk-all').addEventListener('click', () => {
    all = true;
    show();
    form.querySelector('[type=submit]').focus();
  });

  /** `stopped` settles with true once nobody wants the answer any more. */
  async function ask(path, options, stopped = new Promise(() => {})) {
    const response = await fetch(path, {
      ...options,
      headers: { Accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) {
      // Nothing was done: the same is asked again once somebody is signed in.
      const isStopped = await Promise.race([signedInAgain(), stopped]);
      if (!isStopped) return ask(path, options, stopped);
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.json();
  }
  /** All that match the list as it stands now. */
  async function matching() {
    const asked = new URLSearchParams(location.search);
    const query = new URLSearchParams({ q: asked.get('q') ?? '', status: asked.get('status') ?? '' });
    return (await ask(`/stores/bulk/codes?${query}`)).store_codes;
  }
  const isAgreed = (action, codes) => {
    const count = number.format(codes.length);
    if (action === 'disconnect') return confirm(fill(words.confirmDisconnect, { count }));
    return codes.length <= batchSize || confirm(fill(words.confirm, { action: words.actions[action], count }));
  };

  let run = null;
  const say = (text) => {
    at('bulk-said').textContent = text;
  };
  const showEnd = (ended) => {
    at('bulk-stop').hidden = ended;
    at('bulk-close').hidden = !ended;
    at('bulk-on').hidden = !ended || run.left.length === 0;
    (ended ? at('bulk-close') : at('bulk-stop')).focus();
  };

  function addRefused({ store_code: code, reason }) {
    at('bulk-refused').hidden = false;
    let entry = run.refusedBy.get(reason);
    if (!entry) {
      entry = { codes: [], item: at('bulk-refused').querySelector('ul').appendChild(document.createElement('li')) };
      run.refusedBy.set(reason, entry);
    }
    entry.codes.push(code);
  }
  function addLink({ store_code: code, name, link }) {
    at('bulk-made').hidden = false;
    run.csv.push(link.csv);
    at('bulk-once').textContent = fill(words.linksOnce, {
      when: `${link.expires_at.slice(0, 16).replace('T', ' ')} UTC`,
    });
    if (run.csv.length > listedLinks) return;
    const item = at('bulk-list').appendChild(document.createElement('li'));
    const label = item.appendChild(document.createElement('span'));
    label.append(Object.assign(document.createElement('bdi'), { textContent: name }), ' ');
    label.append(Object.assign(document.createElement('code'), { className: 'quiet', textContent: code }));
    const field = Object.assign(document.createElement('input'), { type: 'text', readOnly: true, value: link.url });
    field.setAttribute('aria-label', fill(words.linkOf, { store: name }));
    item.append(field);
  }
  function take(results) {
    for (const result of results) {
      if (result.outcome === 'OK') run.done += 1;
      else addRefused(result);
      if (result.link) addLink(result);
    }
    for (const [reason, { codes, item }] of run.refusedBy) {
      item.textContent = `${reason} (${number.format(codes.length)}): ${codes.join(', ')}`;
    }
    if (run.csv.length > 0) at('bulk-csv').value = [run.csvHead, ...run.csv].join('');
  }

  async function goOn() {
    run.stopped = false;
    run.stop = Promise.withResolvers();
    showEnd(false);
    const progress = at('bulk-progress');
    progress.max = run.total;
    try {
      while (run.left.length > 0 && !run.stopped) {
        say(
          fill(words.progress, {
            done: number.format(run.total - run.left.length),
            total: number.format(run.total),
          }),
        );
        const body = new FormData();
        body.set('action', run.action);
        if (run.action === 'disconnect') body.set('confirmed', 'yes');
        for (const code of run.left.slice(0, batchSize)) body.append('code', code);
        const { results } = await ask('/stores/bulk', { method: 'POST', body }, run.stop.promise);
        take(results);
        run.left = run.left.slice(batchSize);
        progress.value = run.total - run.left.length;
      }
      const refused = [...run.refusedBy.values()].reduce((sum, { codes }) => sum + codes.length, 0);
      const finished = fill(words.finished, { done: number.format(run.done), refused: number.format(refused) });
      const left = number.format(run.left.length);
      say(run.left.length === 0 ? finished : `${finished} ${fill(words.stopped, { left })}`);
    } catch {
      say(fill(words.lost, { left: number.format(run.left.length) }));
    }
    showEnd(true);
  }

  async function begin(action) {
    const ticked = boxes().flatMap(({ checked, value }) => (checked ? [value] : []));
    const codes = all ? await matching().catch(() => null) : ticked;
    if (codes !== null && (codes.length === 0 || !isAgreed(action, codes))) return;
    const left = codes ?? [];
    const csvHead = `${at('bulk-csv').defaultValue.split('\n')[0].trim()}\r\n`;
    run = { action, left, total: left.length, done: 0, refusedBy: new Map(), csv: [], csvHead, stopped: false };
    at('bulk-title').textContent = words.doing[action];
    at('bulk-progress').value = 0;
    for (const id of ['bulk-refused', 'bulk-made']) at(id).hidden = true;
    at('bulk-refused').querySelector('ul').replaceChildren();
    at('bulk-list').replaceChildren();
    dialog.showModal();
    if (codes !== null) return goOn();
    say(fill(words.lost, { left: number.format(total()) }));
    showEnd(true);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    begin(event.submitter.value).catch(() => say(words.lost));
  });
  const stop = () => {
    run.stopped = true;
    run.stop.resolve(true);
  };
  at('bulk-stop').addEventListener('click', stop);
  at('bulk-on').addEventListener('click', () => void goOn());
  // At once: the event `close` comes later, and would take back what somebody ticks meanwhile.
  at('bulk-close').addEventListener('click', () => {
    tickAll(false);
    dialog.close();
  });
  dialog.addEventListener('cancel', (event) => {
    // Escape while it runs stops it, and leaves what came of it to be read.
    if (at('bulk-stop').hidden) return tickAll(false);
    event.preventDefault();
    stop();
  });
  dialog.addEventListener('close', () => pickAll.focus());
  show();
}
