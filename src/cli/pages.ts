export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** Page after page, one in memory at a time. `last` is asked before each further one. */
export async function* pagesOf<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  from?: string,
): AsyncGenerator<Page<Item>> {
  let cursor = from;
  do {
    const page = await read(cursor);
    yield page;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
