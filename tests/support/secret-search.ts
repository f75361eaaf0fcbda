/** Every form in which a secret might turn up in bytes that were meant to hold none of it. */
function formsOf(secret: string | Buffer): Record<string, Buffer> {
  const bytes = Buffer.from(secret as string);
  const base64At = (offset: number) => {
    // Base64 depends on the position within three bytes: what stays the same is in the middle.
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return padded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  };
  const texts: Record<string, string> = {
    hex: bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
  };
  for (const offset of [0, 1, 2]) {
    texts[`base64 at ${offset}`] = base64At(offset);
    texts[`base64url at ${offset}`] = base64At(offset).replaceAll('+', '-').replaceAll('/', '_');
  }
  if (typeof secret === 'string') {
    texts['URL-encoded'] = encodeURIComponent(secret);
    texts['form-encoded'] = new URLSearchParams({ x: secret }).toString().slice(2);
    texts.JSON = JSON.stringify(secret).slice(1, -1);
  }
  return {
    raw: bytes,
    ...Object.fromEntries(Object.entries(texts).map(([form, text]) => [form, Buffer.from(text)])),
    ...(typeof secret === 'string' ? { 'UTF-16': Buffer.from(secret, 'utf16le') } : {}),
  };
}

interface Needle {
  name: string;
  form: string;
  bytes: Buffer;
}

/**
 * Where which secret turned up in which form; the secret is called by its name and not quoted. Each place is read once,
 * however many secrets there are. Throws for one that is too short to be told from chance.
 */
export function findSecrets(
  secrets: Readonly<Record<string, string | Buffer>>,
  haystacks: Readonly<Record<string, string | Buffer>>,
): string[] {
  const needles = new Map<number, Needle[]>();
  const beginnings = new Uint8Array(2 ** 16);
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret.length < 8) throw new Error(`${name} is too short to be searched for`);
    for (const [form, bytes] of Object.entries(formsOf(secret))) {
      const start = bytes.readUInt32LE(0);
      needles.set(start, [...(needles.get(start) ?? []), { name, form, bytes }]);
      beginnings[bytes.readUInt16LE(0)] = 1;
    }
  }
  const found = new Set<string>();
  for (const [place, content] of Object.entries(haystacks)) {
    const bytes = Buffer.from(content as string);
    for (let at = 0; at + 4 <= bytes.length; at++) {
      if (beginnings[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] === 0) continue;
      for (const needle of needles.get(bytes.readUInt32LE(at)) ?? []) {
        const isThere = bytes.subarray(at, at + needle.bytes.length).equals(needle.bytes);
        if (isThere) found.add(`${needle.name} as ${needle.form} in ${place}`);
      }
    }
  }
  return [...found];
}
