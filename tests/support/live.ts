import type { Pulse } from '../../src/services/watch-fleet.ts';
import type { TestHarian } from './harian.ts';

/** What an open page of the console hears; `ended` resolves when the server has hung up. */
export interface LiveStream {
  /** Every pulse so far. */
  pulses: Pulse[];
  ended: Promise<void>;
  close(): void;
}

/** Resolves once the stream is open. Throws the status of a refusal. */
export async function openLive(harian: TestHarian, headers: Record<string, string>): Promise<LiveStream> {
  const hangUp = new AbortController();
  const response = await fetch(`${harian.url}/live`, { headers, signal: hangUp.signal });
  if (response.status !== 200 || !response.body) throw new Error(`refused with ${response.status}`);
  const pulses: Pulse[] = [];
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let unread = (await reader.read()).value ?? '';
  const listen = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = `${unread}${value}`.split('\n\n');
      unread = events.pop() ?? '';
      for (const event of events) {
        const [, data] = /^event: pulse\ndata: (.*)$/m.exec(event) ?? [];
        if (data !== undefined) pulses.push(JSON.parse(data) as Pulse);
      }
    }
  };
  const ended = listen().catch((error: unknown) => {
    if (!hangUp.signal.aborted) throw error;
  });
  return { pulses, ended, close: () => hangUp.abort() };
}
