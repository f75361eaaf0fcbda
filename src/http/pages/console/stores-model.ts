import type { StoreFilter, StoreList } from '../../../services/search-stores.ts';
import type { ConsoleModel } from './console-model.ts';
import type { storesTexts } from './texts/stores.ts';

/** What the address asks for; a sort that begins with `-` falls. */
export interface StoresView {
  text: string;
  filter: StoreFilter | null;
  sort: keyof (typeof storesTexts)['en']['sorts'];
}

export interface StoresModel extends ConsoleModel {
  view: StoresView;
  list: Omit<StoreList, 'previous' | 'next'>;
  /** Addresses of the pages around this one. */
  previous: string | null;
  next: string | null;
}
