import { html } from 'hono/html';
import type { Html } from '../layout.ts';

const graphemes = new Intl.Segmenter('id', { granularity: 'grapheme' });

/** The first letters of the first two words, or `?` where there is none. */
export function initialsOf(name: string): string {
  const words = name.split(/[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}\u200d]+/u).filter((word) => word !== '');
  const first = (word: string) => [...graphemes.segment(word)][0]?.segment ?? '';
  return words.slice(0, 2).map(first).join('').toLocaleUpperCase('id') || '?';
}

/**
 * Initials. TikTok's picture is not shown: its address dies, our CSP lets no image in from elsewhere, and which hosts the
 * server might fetch it from is not established.
 */
export const avatar = (name: string): Html => html`<svg class="avatar" viewBox="0 0 48 48" aria-hidden="true">
<circle cx="24" cy="24" r="24"></circle><text x="24" y="24" dy=".36em" text-anchor="middle">${initialsOf(name)}</text></svg>`;
