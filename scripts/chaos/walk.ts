export type When = 'before' | 'after';

/** One flow on its way past its points; from the moment it stands, nothing of it moves any more. */
export interface Walk {
  /** The points so far, each with its number among those of the same name. */
  readonly points: string[];
  /** Resolves to null when the flow stands at its point; never without one. */
  readonly stands: Promise<null>;
  /** At each operation; the answer tells before and after it whether the flow goes on. */
  come(name: string): (when: When) => boolean;
  /** True while an outage is left: then the operation is to fail. */
  takeOutage(): boolean;
}

export function createWalk(point: { key: string; when: When } | null, outages = 0): Walk {
  const points: string[] = [];
  const counts = new Map<string, number>();
  const standing = Promise.withResolvers<null>();
  let stands = false;
  let outagesLeft = outages;
  return {
    points,
    stands: standing.promise,
    come(name) {
      const number = (counts.get(name) ?? 0) + 1;
      counts.set(name, number);
      const key = `${name} #${number}`;
      if (!stands) points.push(key);
      return (when) => {
        if (stands) return false;
        if (point?.key !== key || point.when !== when) return true;
        stands = true;
        standing.resolve(null);
        return false;
      };
    },
    takeOutage() {
      outagesLeft -= 1;
      return outagesLeft >= 0;
    },
  };
}
