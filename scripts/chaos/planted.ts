/** The defect of this process, from HARIAN_DEFECT: `{file: absolute path, find, replace}` as JSON; null without one. */
export function plantedDefect(): { file: string; find: string; replace: string } | null {
  const defect: unknown = JSON.parse(process.env.HARIAN_DEFECT ?? 'null');
  return isDefect(defect) ? defect : null;
}

/** The source with the defect in it. Ends the process with 70 unless it applies at exactly one place. */
export function plant(source: string, defect: { file: string; find: string; replace: string }): string {
  const parts = source.split(defect.find);
  if (parts.length === 2) return parts.join(defect.replace);
  console.error(`HARIAN_DEFECT applies at ${parts.length - 1} places of ${defect.file}, not at one`);
  process.exit(70);
}

function isDefect(value: unknown): value is { file: string; find: string; replace: string } {
  return typeof value === 'object' && value !== null && 'file' in value && 'find' in value && 'replace' in value;
}
