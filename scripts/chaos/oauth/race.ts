import type { Browser } from './browser.ts';
import { saysConnected, unless } from './scene.ts';
import type { World } from './world.ts';

const racers = 100;

/** A hundred ways back at the same moment: with one state, with one link, and for one account. */
export async function raceForOneState(world: World, round: number): Promise<string[]> {
  const openId = 'racer';
  const stores: string[] = [];
  const addStore = async (name: string) => {
    const storeCode = `race-${round}-${name}`;
    stores.push(storeCode);
    await world.addStore(storeCode, null);
    return { storeCode, link: await world.makeLink(storeCode) };
  };
  const forget = async () => {
    await world.sql(`delete from stores where store_code in (${stores.map((code) => `'${code}'`).join()})`);
  };
  const versions = () =>
    world.sql<{ version: number }>(`select version from tiktok_accounts where open_id = '${openId}'`);
  const told = async (browsers: readonly Browser[]) =>
    (await Promise.all(browsers.map((browser) => browser.result()))).filter(saysConnected).length;
  const complaints: string[] = [];
  const note = (race: string, claims: Record<string, boolean>) =>
    complaints.push(...unless(claims).map((claim) => `100 racers ${race}: ${claim}`));

  const since = world.now();
  const one = await addStore('state');
  const browser = world.newBrowser();
  const back = await world.consent(await world.begin(browser, one.link), openId);
  await Promise.all(Array.from({ length: racers }, () => browser.go(back)));
  note('on one state', {
    'one asks TikTok': world.exchanges(openId, since) === 1,
    'one pair is stored': (await versions()).map(({ version }) => version).join() === '1',
    'the browser is told so': (await told([browser])) === 1,
  });
  await forget();

  const { link } = await addStore('link');
  const many = Array.from({ length: racers }, () => world.newBrowser());
  const backs = await Promise.all(many.map(async (each) => world.consent(await world.begin(each, link), openId)));
  await Promise.all(many.map((each, at) => each.go(backs[at] ?? '')));
  note('on one link', {
    'one pair is stored': (await versions()).map(({ version }) => version).join() === '1',
    'one is told so': (await told(many)) === 1,
  });
  await forget();

  const shops = await Promise.all(many.map((_, at) => addStore(`account-${at}`)));
  const ways = await Promise.all(
    many.map(async (each, at) => world.consent(await world.begin(each, shops[at]?.link ?? ''), openId)),
  );
  await Promise.all(many.map((each, at) => each.go(ways[at] ?? '')));
  note('for one account', {
    'one store has it': (await versions()).length === 1,
    'one is told so': (await told(many)) === 1,
  });
  await forget();
  return complaints;
}
