import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressOf, networkOf } from './client-address';

beforeEach(() => {
  vi.stubEnv('DATABASE_URL', 'postgresql://app@localhost/none');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the address of a client', () => {
  it('is the one that the proxy saw, where an operator says that there is one, and else the other end of the socket', () => {
    expect(addressOf('192.0.2.9', '198.51.100.1')).toBe('198.51.100.1');
    vi.stubEnv('TRUST_PROXY', '1');
    for (const [forwarded, address] of [
      ['203.0.113.1, 192.0.2.9', '192.0.2.9'],
      ['192.0.2.9:51234', '192.0.2.9'],
      ['[2001:db8::9]:51234', '2001:db8::9'],
      ['2001:db8::9', '2001:db8::9'],
      ['::ffff:192.0.2.9', '192.0.2.9'],
      ['unknown', '198.51.100.1'],
      ['1:2', '198.51.100.1'],
      ['', '198.51.100.1'],
      [undefined, '198.51.100.1'],
    ] as const)
      expect([forwarded, addressOf(forwarded, '198.51.100.1')]).toEqual([forwarded, address]);
    expect(addressOf(undefined, undefined)).toBeNull();
  });
});

describe('what one client holds', () => {
  it('is its IPv4 address, however it is written', () => {
    for (const same of ['192.0.2.9', '::ffff:192.0.2.9', '::FFFF:c000:209', '0:0:0:0:0:ffff:192.0.2.9', '::ffff:c000:0209'])
      expect(networkOf(same)).toBe('192.0.2.9');
  });

  it('is its /64 of IPv6, whatever it writes behind that', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16));
    const half = fc.array(group, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(half, half, half, (network, one, other) => {
        fc.pre(!['0:0:0:0'].includes(network.join(':')));
        const at = (host: string[]) => networkOf([...network, ...host].join(':').toUpperCase());
        expect(at(one)).toBe(`${network.join(':')}::/64`);
        expect(at(other)).toBe(at(one));
      }),
    );
    expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
    expect(networkOf('2001:db8:0:0:ffff::')).toBe('2001:db8:0:0::/64');
    expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8::1'));
    expect(networkOf('::1')).toBe('0:0:0:0::/64');
  });
});
