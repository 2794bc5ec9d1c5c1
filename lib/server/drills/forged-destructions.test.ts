import { expect, it } from 'vitest';
import { db, openDrill } from '@/lib/testing/open-drill';
import { makeSubject, verify } from './drill-world';
import { forgeCertificate, forgeDestruction } from './forge-destruction';

openDrill();

it.each([
  ['without a certificate, for want of a request', forgeDestruction, 'a request of these records in the access ledger'],
  [
    'with entries of the access ledger and a certificate, for its signature',
    forgeCertificate,
    'a certificate that this ledger’s keys signed',
  ],
])('a deletion that is passed off as a destruction %s is found', async (_how, forge, words) => {
  const subject = await makeSubject(db);
  await forge(subject);
  const run = await verify(subject);
  expect(run.breaks.map(({ code, seq }) => `${code}@${seq}`).sort()).toEqual(['body_missing@200', 'destruction_unproven@200']);
  expect(run.breaks.find(({ code }) => code === 'destruction_unproven')!.expected).toContain(words);
});
