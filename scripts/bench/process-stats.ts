import { readdir, readFile } from 'node:fs/promises';

/** The kernel's USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  parent: number;
  /** Of its threads, and of children it has waited for. */
  cpuSeconds: number;
}

async function readStat(pid: number): Promise<Stat | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name may hold spaces and brackets; the numbers begin after its last bracket with the state.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { parent: fields[1] ?? 0, cpuSeconds: ticks / ticksPerSecond };
}

/** CPU seconds of a process and its children so far; null without /proc. */
export async function cpuSecondsOf(pid: number): Promise<number | null> {
  const own = await readStat(pid);
  if (own === null) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(readStat));
  const children = stats.filter((stat) => stat?.parent === pid);
  return children.reduce((sum, stat) => sum + (stat?.cpuSeconds ?? 0), own.cpuSeconds);
}

/** Null without /proc. */
export async function parentOf(pid: number): Promise<number | null> {
  return (await readStat(pid))?.parent ?? null;
}

/** Resident memory in MB: now, and the most it ever was. Null without /proc. */
export async function memoryOf(pid: number): Promise<{ nowMb: number; peakMb: number } | null> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  if (text === null) return null;
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return { nowMb: kilobytes('VmRSS') / 1024, peakMb: kilobytes('VmHWM') / 1024 };
}
