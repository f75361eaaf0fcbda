// Draws what is marked data-chart with uPlot, and again when the page was refreshed, resized or changed its colours.
const { uPlot } = globalThis;
const heightPx = 200;
const plots = new Map();
const { lang } = document.documentElement;
const clock = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC', hourCycle: 'h23' });
const shortDay = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const longDay = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeZone: 'UTC' });
const isMidnight = (seconds) => seconds % 86_400 === 0;
const number = new Intl.NumberFormat(lang);
const compact = new Intl.NumberFormat(lang, { notation: 'compact', maximumSignificantDigits: 3 });

function optionsFor(place, { kind, series, timeName, at }) {
  const inDays = at.every(isMidnight);
  const when = (seconds) => (inDays ? longDay.format(seconds * 1000) : clock.format(seconds * 1000));
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour('quiet'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line') },
  };
  const bars = kind === 'bars' ? uPlot.paths.bars({ size: [0.8, 40] }) : undefined;
  return {
    width: place.clientWidth,
    height: heightPx,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: { drag: { x: false, y: false } },
    scales: kind === 'bars' ? { y: { range: (_plot, _min, max) => [0, Math.max(1, max)] } } : {},
    axes: [
      {
        ...axis,
        values: (_plot, ticks) => ticks.map((tick) => (isMidnight(tick) ? shortDay : clock).format(tick * 1000)),
      },
      { ...axis, size: 56, values: (_plot, ticks) => ticks.map((tick) => compact.format(tick)) },
    ],
    series: [
      { label: timeName, value: (_plot, seconds) => (seconds === null ? '–' : when(seconds)) },
      ...series.map(({ name, tone }) => ({
        label: name,
        stroke: colour(tone),
        fill: kind === 'bars' ? colour(tone) : undefined,
        width: 2,
        paths: bars,
        spanGaps: false,
        points: { show: kind === 'line', size: 4, fill: colour(tone) },
        value: (_plot, value) => (value === null ? '–' : number.format(value)),
      })),
    ],
  };
}

function draw(place) {
  plots.get(place)?.destroy();
  const chart = JSON.parse(place.dataset.chart);
  if (chart.at.length === 0) return;
  // A bar of nothing would still be a line.
  const drawn = (value) => (chart.kind === 'bars' && value === 0 ? null : value);
  const data = [chart.at, ...chart.series.map(({ values }) => values.map(drawn))];
  plots.set(place, new uPlot(optionsFor(place, chart), data, place));
}

const spark = { width: 96, height: 28 };
function drawSpark(place) {
  plots.get(place)?.destroy();
  const values = JSON.parse(place.dataset.spark);
  const stroke = getComputedStyle(document.documentElement).getPropertyValue('--run').trim();
  const options = {
    ...spark,
    cursor: { show: false },
    legend: { show: false },
    select: { show: false },
    scales: { x: { time: false } },
    axes: [{ show: false }, { show: false }],
    padding: [2, 2, 2, 2],
    series: [{}, { stroke, width: 1.5, points: { show: false }, spanGaps: false }],
  };
  plots.set(place, new uPlot(options, [values.map((_value, index) => index), values], place));
}

/** All that stands within `part`: what the rest of the page shows is as it was. */
function drawIn(part) {
  for (const [place, plot] of plots) {
    if (place.isConnected) continue;
    plot.destroy();
    plots.delete(place);
  }
  for (const place of part.querySelectorAll('[data-chart]')) draw(place);
  for (const place of part.querySelectorAll('[data-spark]')) drawSpark(place);
}

drawIn(document);
document.addEventListener('swapped', ({ target }) => drawIn(target));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawIn(document));
new ResizeObserver(() => {
  for (const [place, plot] of plots) {
    if (place.dataset.chart && place.clientWidth !== plot.width)
      plot.setSize({ width: place.clientWidth, height: heightPx });
  }
}).observe(document.body);
