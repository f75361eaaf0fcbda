import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { DataSubject } from '../../src/services/data-subject.ts';

/** `--store CODE` or `--open-id ID`, one of them, and the command's own options. Null when it is not understood. */
export function readSubject(
  own: ParseArgsOptionsConfig,
): { subject: DataSubject; values: Readonly<Record<string, unknown>> } | null {
  try {
    const { values } = parseArgs({ options: { ...own, store: { type: 'string' }, 'open-id': { type: 'string' } } });
    const { store, 'open-id': openId } = values;
    if (typeof store === 'string' && openId === undefined) return { subject: { storeCode: store }, values };
    if (typeof openId === 'string' && store === undefined) return { subject: { openId }, values };
    return null;
  } catch {
    return null;
  }
}
