import { describe, expect, it } from 'vitest';
import { isWellFormedKey, keyHint, newApiKey } from './api-key-format';

describe('an API key', () => {
  it('has the announced form and a checksum that it passes', () => {
    for (let i = 0; i < 200; i++) {
      const key = newApiKey('live');
      expect(key).toMatch(/^hf_live_[0-9A-Za-z]{36}$/);
      expect(isWellFormedKey(key)).toBe(true);
    }
  });

  it('fails its checksum when any one character is another', () => {
    const key = newApiKey('live');
    for (let i = 8; i < key.length; i++) {
      const other = key[i] === 'A' ? 'B' : 'A';
      expect(isWellFormedKey(key.slice(0, i) + other + key.slice(i + 1))).toBe(false);
    }
    expect(isWellFormedKey(key.replace('live', 'test'))).toBe(false);
  });

  it('is never the same twice, and its hint gives away four characters', () => {
    const keys = new Set(Array.from({ length: 1000 }, () => newApiKey('live')));
    expect(keys.size).toBe(1000);
    const [key] = keys;
    expect(keyHint(key!)).toBe(`${key!.slice(0, 12)}…`);
  });
});
