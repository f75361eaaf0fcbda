/** Every form in which a secret might turn up in bytes that were meant to hold none of it. */
function formsOf(secret: string): Record<string, Buffer> {
  const bytes = Buffer.from(secret, 'utf8');
  const base64At = (offset: number) => {
    // Base64 depends on the position within three bytes: what stays the same is in the middle.
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    return padded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  };
  const texts: Record<string, string> = {
    raw: secret,
    hex: bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
    'URL-encoded': encodeURIComponent(secret),
    'form-encoded': new URLSearchParams({ x: secret }).toString().slice(2),
    JSON: JSON.stringify(secret).slice(1, -1),
    'UTF-16': '',
  };
  for (const offset of [0, 1, 2]) {
    texts[`base64 at ${offset}`] = base64At(offset);
    texts[`base64url at ${offset}`] = base64At(offset).replaceAll('+', '-').replaceAll('/', '_');
  }
  const forms = Object.entries(texts).filter(([, text]) => text !== '');
  return {
    ...Object.fromEntries(forms.map(([form, text]) => [form, Buffer.from(text)])),
    'UTF-16': Buffer.from(secret, 'utf16le'),
  };
}

/** Where which secret turned up in which form; the secret is called by its name and not quoted. */
export function findSecrets(
  secrets: Readonly<Record<string, string>>,
  haystacks: Readonly<Record<string, string | Buffer>>,
): string[] {
  const found: string[] = [];
  const places = Object.entries(haystacks).map(([place, bytes]) => [place, Buffer.from(bytes)] as const);
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret.length < 8) throw new Error(`${name} is too short to be searched for`);
    for (const [form, needle] of Object.entries(formsOf(secret))) {
      for (const [place, bytes] of places) if (bytes.includes(needle)) found.push(`${name} as ${form} in ${place}`);
    }
  }
  return found;
}
