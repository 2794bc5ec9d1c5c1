import { expect, it } from 'vitest';
import { jumpTargets } from './jump-targets';

const hrefs = (text: string) => jumpTargets(text, 'auditor').map((jump) => jump.href);

it('reads a position with or without # and commas, beyond 2^53 too', () => {
  expect(hrefs('#48,210')[0]).toBe('/records?older=48211');
  expect(hrefs('9223372036854775806')[0]).toBe('/records?older=9223372036854775807');
});
it('offers a UUID as a record and as a conversation', () => {
  expect(hrefs('0198f3a0-7b1c-7c3e-9a10-0123456789ab')).toEqual([
    '/records/0198f3a0-7b1c-7c3e-9a10-0123456789ab',
    '/conversations/0198f3a0-7b1c-7c3e-9a10-0123456789ab',
  ]);
});
it('does not let typed text escape its place in the address', () => {
  expect(hrefs('a&older=1#x/..')).toEqual([
    '/records?resource_id=a%26older%3D1%23x%2F..',
    '/records?subject=a%26older%3D1%23x%2F..',
    '/records?agent=a%26older%3D1%23x%2F..',
    '/records?actor=a%26older%3D1%23x%2F..',
    '/records?q=a%26older%3D1%23x%2F..',
  ]);
});
it('offers nothing that the role does not open', () => {
  expect(jumpTargets('P-1017', 'administrator')).toEqual([]);
  expect(jumpTargets('P-1017', null)).toEqual([]);
});
it('takes what is typed as a search where it is one, in the places that know its qualifiers', () => {
  expect(hrefs('agent:triage -P-10')).toEqual(['/records?q=agent%3Atriage%20-P-10', '/conversations?q=agent%3Atriage%20-P-10']);
  expect(hrefs('tool:ehr.read')).toEqual(['/records?q=tool%3Aehr.read']);
  expect(hrefs('urn:case:1').some((href) => href.includes('?q='))).toBe(false);
  expect(jumpTargets('agent:triage', null)).toEqual([]);
});
