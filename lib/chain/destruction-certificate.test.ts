import { expect, it } from 'vitest';
import { someCertificate } from '@/lib/testing/make-certificate';
import { testSigner } from '@/lib/testing/sign-notes';
import { CERTIFICATE_FORMAT, formatCertificate, openCertificate, parseCertificate } from './destruction-certificate';
import { NoteError } from './note-error';
import { formatNote } from './signed-note';
import { formatVerifierKey } from './verifier-key';

const LEDGER = 'audit.example.org/ledgers/clinic';
const signer = testSigner(LEDGER, 0x01, 1);
const made = someCertificate(LEDGER, formatVerifierKey(signer.key));
const noteOf = (text: string) => formatNote(text, [signer.sign(text)]);

it('reads what it wrote, and nothing that is spelled otherwise', () => {
  const text = formatCertificate(made);
  expect(parseCertificate(text)).toEqual(made);
  for (const other of [
    text.replace('v1\n', 'v2\n'),
    text.replace('{', '{ '),
    `${text}\n`,
    text.replace('"number":3', '"number":3,"nomber":3'),
    text.replace('"version":1', '"version":2'),
    `${CERTIFICATE_FORMAT}\n{"a":[[[[[[[[[1]]]]]]]]]}\n`,
    `${CERTIFICATE_FORMAT}\nnothing\n`,
  ])
    expect(() => parseCertificate(other)).toThrow(NoteError);
});

it('is none where one person did both, and none that follows nothing', () => {
  expect(() => formatCertificate({ ...made, approved: made.requested })).toThrow('approved by whoever asked');
  expect(() => formatCertificate({ ...made, version: 2 })).toThrow('does not follow another');
  expect(() => formatCertificate({ ...made, previous: 'ab'.repeat(32) })).toThrow('does not follow another');
});

it('is opened by a key of its ledger alone; one changed byte of it is another text', () => {
  const note = noteOf(formatCertificate(made));
  expect(openCertificate(note, [signer.key], LEDGER)).toEqual(made);
  expect(() => openCertificate(note, [testSigner(LEDGER, 0x01, 9).key], LEDGER)).toThrow(NoteError);
  expect(() => openCertificate(note, [signer.key], 'audit.example.org/ledgers/other')).toThrow(/is of/);
  expect(() => openCertificate(note.replace('"destroyed":2', '"destroyed":1'), [signer.key], LEDGER)).toThrow(NoteError);
});
