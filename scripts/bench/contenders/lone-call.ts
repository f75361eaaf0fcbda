import { request } from 'undici';
import { median } from '../figures.ts';

const calls = 30;

/** Milliseconds that a call takes which is alone, the median: what latency there really is. */
export async function measureLoneCall(apiUrl: string, accessToken: string): Promise<number> {
  const took: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const startedMs = performance.now();
    const { statusCode, body } = await request(`${apiUrl}/v2/user/info/?fields=open_id`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`the simulator answered ${statusCode}`);
    took.push(performance.now() - startedMs);
  }
  return median(took);
}
