import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhookSignature } from '../../../src/tiktok/webhook-signature.ts';

const clientSecret = 'client-secret';
const rawBody = '{"client_key":"k","event":"authorization.removed","content":"{\\"reason\\": 1}"}';
const sign = (timestamp: string, body: string | Buffer, secret = clientSecret): string =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
const good = sign('1795480000', rawBody);
const verify = (header: string | null | undefined, body: string | Buffer = rawBody, secret = clientSecret) =>
  verifyWebhookSignature({ header, rawBody: body, clientSecret: secret });

describe('verifyWebhookSignature', () => {
  it('agrees with a vector computed outside this code', () => {
    // printf '1633174587.{"event":"x"}' | openssl dgst -sha256 -hmac secret
    const header = 't=1633174587,s=ee1ac433758f6b00bc2f10a662de074060c1fca26558abe3f7758e478c105874';
    expect(verify(header, '{"event":"x"}', 'secret')).toEqual({ ok: true, timestampSeconds: 1_633_174_587 });
  });

  it.each([
    ['as documented', `t=1795480000,s=${good}`],
    ['in the other order', `s=${good},t=1795480000`],
    ['with blanks', ` t=1795480000 , s=${good} `],
    ['in upper-case hex', `t=1795480000,s=${good.toUpperCase()}`],
    ['with a part nobody knows yet', `v=2,t=1795480000,s=${good},`],
  ])('accepts a right signature %s', (_name, header) => {
    expect(verify(header)).toEqual({ ok: true, timestampSeconds: 1_795_480_000 });
  });

  it('signs the bytes as they came, whatever they are', () => {
    const body = Buffer.from([0xff, 0x00, 0x7b]);
    expect(verify(`t=5,s=${sign('5', body)}`, body).ok).toBe(true);
  });

  it.each([
    ['a missing header', undefined],
    ['a null header', null],
    ['an empty header', ''],
    ['no timestamp', `s=${good}`],
    ['no signature', 't=1795480000'],
    ['another timestamp', `t=1795480001,s=${good}`],
    ['a timestamp that is no number', `t=1795480000x,s=${sign('1795480000x', rawBody)}`],
    ['a negative timestamp', `t=-5,s=${sign('-5', rawBody)}`],
    ['a cut signature', `t=1795480000,s=${good.slice(0, 62)}`],
    ['an empty signature', 't=1795480000,s='],
    ['a signature with one digit changed', `t=1795480000,s=${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`],
    ['a signature of another secret', `t=1795480000,s=${sign('1795480000', rawBody, 'other')}`],
    ['two signatures', `t=1795480000,s=${good},s=${good}`],
    ['two timestamps', `t=1795480000,t=1,s=${good}`],
    ['an endless header', `t=1795480000,s=${good}${','.repeat(1000)}`],
  ])('refuses %s', (_name, header) => {
    expect(verify(header)).toEqual({ ok: false });
  });

  it('refuses a body that was changed after signing', () => {
    expect(verify(`t=1795480000,s=${good}`, `${rawBody} `)).toEqual({ ok: false });
  });

  it('refuses everything when our own secret is empty, because anyone could sign', () => {
    expect(verify(`t=5,s=${sign('5', rawBody, '')}`, rawBody, '')).toEqual({ ok: false });
  });
});
