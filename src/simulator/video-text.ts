export interface VideoText {
  title: string;
  video_description: string;
  /** Seconds. */
  duration: number;
  height: number;
  width: number;
}

// Markup, quotes and emoji are here so that a page or a CSV that forgets to escape is found out.
const titles = [
  'Restock hari ini',
  'Promo akhir bulan 🎉',
  'Unboxing "paket misteri"',
  'Cara pakai <b>mudah</b> & cepat',
  "Packing order, it's a long day",
  'Tanya jawab = seru',
  'Di balik layar toko 🧵',
  'Flash sale; jangan telat',
];

/** Words and shape of a video from draws in [0, 1); one description in twenty is long. */
export function describeVideo(draw: (what: string) => number): VideoText {
  const title = titles[Math.floor(draw('title') * titles.length)] ?? 'Video';
  const part = Math.floor(draw('part') * 900) + 1;
  const portrait = draw('portrait') < 0.95;
  return {
    title: `${title} #${part}`,
    video_description: `${title} (simulated)${draw('long') < 0.05 ? ' #harian'.repeat(250) : ' #simulated'}`,
    duration: 6 + Math.floor(draw('duration') * 174),
    height: portrait ? 1024 : 576,
    width: portrait ? 576 : 1024,
  };
}
