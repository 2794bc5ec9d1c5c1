import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maskText } from '@/lib/phi/mask-text';
import { PresidioStub } from '@/lib/testing/presidio-stub';
import { findIdentifiers } from './ask-presidio';

let presidio: PresidioStub;
/** Each test begins when no earlier one's server is rested from. */
let now = Date.now();
beforeEach(async () => {
  process.env.DATABASE_URL ??= 'postgresql://nobody@localhost/none';
  presidio = new PresidioStub();
  await presidio.start();
  process.env.OUTBOUND_ALLOW = '127.0.0.1';
  process.env.PRESIDIO_URL = presidio.url;
  now += 3_600_000;
});
afterEach(async () => {
  delete process.env.PRESIDIO_URL;
  delete process.env.OUTBOUND_ALLOW;
  await presidio.stop();
});
const masked = async (text: string) => maskText(text, await findIdentifiers(text, () => now));

describe('a Presidio server beside our own detection', () => {
  it('adds what it knows, under our names, and takes nothing away', async () => {
    presidio.knows = { josefina: ['PERSON', 0.85], tuesday: ['DATE_TIME', 0.85], Catalan: ['NRP', 0.9], lyon: ['LOCATION', 0.6] };
    expect(await masked('josefina from lyon, Catalan, comes tuesday: a@b.co')).toBe(
      '[person_name] from [address], Catalan, comes tuesday: [email]',
    );
    expect(presidio.asked).toMatchObject([{ language: 'en', score_threshold: 0.5 }]);
  });

  it('counts code points where we count units: what stands behind an emoji is masked whole', async () => {
    presidio.knows = { josefina: ['PERSON', 0.85] };
    expect(await masked('😀😀 josefina 😀 a@b.co')).toBe('😀😀 [person_name] 😀 [email]');
  });

  it('is not asked where none is set', async () => {
    delete process.env.PRESIDIO_URL;
    expect(await masked('josefina a@b.co')).toBe('josefina [email]');
    expect(presidio.asked).toEqual([]);
  });
});

describe('a Presidio server that does not keep to its protocol leaves our own findings', () => {
  it.each<[string, PresidioStub['answer']]>([
    ['an error', (_json, response) => response.writeHead(500).end('{"error":"x"}')],
    ['no JSON', (_json, response) => response.end('<html>')],
    ['another shape', (_json, response) => response.end('{"findings":[]}')],
    ['a place outside the text', (_json, response) => response.end('[{"entity_type":"PERSON","start":0,"end":999,"score":1}]')],
    ['a place that is none', (_json, response) => response.end('[{"entity_type":"PERSON","start":5,"end":2,"score":1}]')],
    ['a redirect', (_json, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['a connection that breaks', (_json, response) => void response.destroy()],
    ['silence', () => {}],
  ])('%s', async (_name, answer) => {
    presidio.answer = answer;
    expect(await masked('josefina a@b.co')).toBe('josefina [email]');
    expect(presidio.asked).toHaveLength(1);
  });

  it('is let rest for half a minute, and then asked again', async () => {
    presidio.knows = { josefina: ['PERSON', 0.85] };
    presidio.answer = (_json, response) => response.writeHead(503).end();
    await masked('josefina');
    presidio.answer = (json, response) => response.end(json);
    now += 29_000;
    expect(await masked('josefina')).toBe('josefina');
    expect(presidio.asked).toHaveLength(1);
    now += 2_000;
    expect(await masked('josefina')).toBe('[person_name]');
  });
});
