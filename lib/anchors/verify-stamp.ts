import 'server-only';
import { createHash, type X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { equalBytes } from '@/lib/chain/bytes';
import { StampRefusal } from './stamp-refusal';
import { assertMayStamp, readCertificate } from './trust-authority';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SHA_256 = '2.16.840.1.101.3.4.2.1';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
/** By which an authority says which certificate it signed with: RFC 5035 §3 (any hash), and RFC 2634 §5.4 (SHA-1). */
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const HASHES: Record<string, string> = {
  [SHA_256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
/** PKIStatus granted and grantedWithMods. @see RFC 3161 §2.4.2 */
const GRANTED = new Set([0, 1]);

export interface StampExpectation {
  /** What was stamped. */
  data: Uint8Array;
  /** Of the request; null for a stamp that is verified later. */
  nonce: Uint8Array | null;
  trusted: readonly X509Certificate[];
}

/**
 * A TimeStampResp (DER) from outside: granted, of this data, in answer to this request, and signed by a certificate for time stamps that goes back to a
 * trusted one. @returns the time that it states.
 * @throws StampRefusal
 * @see RFC 3161 §2.4.2
 */
export async function verifyStamp(response: Uint8Array, { data, nonce, trusted }: StampExpectation): Promise<Date> {
  const signed = readToken(response);
  const info = readInfo(signed);
  const imprint = info.messageImprint;
  const expected = createHash('sha256').update(data).digest();
  if (imprint.hashAlgorithm.algorithmId !== SHA_256 || !equalBytes(bytesOf(imprint.hashedMessage), expected))
    throw new StampRefusal('wrong_imprint', 'The authority stamped something else than was asked for.');
  if (nonce !== null && (info.nonce === undefined || !equalBytes(bytesOf(info.nonce), nonce)))
    throw new StampRefusal('wrong_nonce', 'The authority answered another request than this one.');
  const signer = await verifySignature(signed, data);
  const cameAlong = certificatesOf(signed).map((certificate) =>
    readCertificate(derOf(certificate), 'A certificate in the time stamp cannot be read.', 'malformed'),
  );
  assertMayStamp(signer, cameAlong, trusted, info.genTime);
  return info.genTime;
}

function readToken(response: Uint8Array): pkijs.SignedData {
  const answer = structure(() => new pkijs.TimeStampResp({ schema: readDer(response) }));
  if (!GRANTED.has(answer.status.status))
    throw new StampRefusal('not_granted', `The authority gives no time stamp (status ${answer.status.status}).`);
  const token = answer.timeStampToken;
  if (token === undefined || token.contentType !== SIGNED_DATA) throw malformed();
  return structure(() => new pkijs.SignedData({ schema: token.content }));
}

function readInfo(signed: pkijs.SignedData): pkijs.TSTInfo {
  const content = signed.encapContentInfo.eContent;
  if (signed.encapContentInfo.eContentType !== TST_INFO || content === undefined || signed.signerInfos.length !== 1) throw malformed();
  return structure(() => new pkijs.TSTInfo({ schema: readDer(new Uint8Array(content.getValue())) }));
}

/** The signature over the attributes, which name the content's type, its hash, and the certificate. @returns the certificate of the key that made it. */
async function verifySignature(signed: pkijs.SignedData, data: Uint8Array): Promise<X509Certificate> {
  const [{ signedAttrs, digestAlgorithm }] = signed.signerInfos;
  const attributes = signedAttrs?.attributes ?? [];
  const types = attributes.map(({ type }) => type);
  if (HASHES[digestAlgorithm.algorithmId] === undefined || new Set(types).size !== types.length) throw malformed();
  const contentType = attributes.find(({ type }) => type === CONTENT_TYPE)?.values;
  if (contentType?.length !== 1 || (contentType[0] as asn1js.ObjectIdentifier).valueBlock.toString() !== TST_INFO) throw malformed();
  const result = await signed
    .verify({ signer: 0, data: Uint8Array.from(data).buffer, extendedMode: true })
    .catch((error: unknown) => ({ signatureVerified: false, signerCertificate: (error as pkijs.SignedDataVerifyError).signerCertificate }));
  const certificate = result.signerCertificate;
  if (!certificate) throw new StampRefusal('wrong_certificate', 'The time stamp does not bring the certificate that it was signed with.');
  if (result.signatureVerified !== true) throw new StampRefusal('signature_invalid', 'The signature of the time stamp does not verify.');
  const der = derOf(certificate);
  if (certificate.extensions?.some(({ extnID, critical }) => extnID === EXTENDED_KEY_USAGE && critical) !== true)
    throw new StampRefusal('wrong_certificate', 'The certificate that signed it does not insist on being for time stamps.');
  if (!attributes.some((attribute) => namesCertificate(attribute, der)))
    throw new StampRefusal('wrong_certificate', 'The time stamp was signed with another certificate than it names.');
  return readCertificate(der, 'A certificate in the time stamp cannot be read.', 'malformed');
}

/** SigningCertificate(V2) ::= SEQUENCE { certs SEQUENCE OF ESSCertID(V2) … }, ESSCertID(V2) ::= SEQUENCE { [hashAlgorithm,] certHash, … }: the first is the signer's. */
function namesCertificate({ type, values }: pkijs.Attribute, der: Uint8Array): boolean {
  if (type !== SIGNING_CERTIFICATE_V2 && type !== SIGNING_CERTIFICATE) return false;
  const [first] = childrenOf(childrenOf(values[0])[0]);
  const parts = childrenOf(first);
  const hash = parts.find((part) => part instanceof asn1js.OctetString);
  const [algorithm] = parts[0] instanceof asn1js.Sequence ? childrenOf(parts[0]) : [];
  const name =
    type === SIGNING_CERTIFICATE
      ? 'sha1'
      : algorithm instanceof asn1js.ObjectIdentifier && parts[0] !== hash
        ? HASHES[algorithm.valueBlock.toString()]
        : 'sha256';
  return hash !== undefined && name !== undefined && equalBytes(new Uint8Array(hash.getValue()), createHash(name).update(der).digest());
}

function childrenOf(value: unknown): unknown[] {
  return value instanceof asn1js.Sequence ? value.valueBlock.value : [];
}

function certificatesOf(signed: pkijs.SignedData): pkijs.Certificate[] {
  return (signed.certificates ?? []).filter((one): one is pkijs.Certificate => one instanceof pkijs.Certificate);
}

function derOf(certificate: pkijs.Certificate): Uint8Array {
  return structure(() => new Uint8Array(certificate.toSchema(true).toBER(false)));
}

function bytesOf(value: asn1js.OctetString | asn1js.Integer): Uint8Array {
  return value.valueBlock.valueHexView;
}

/** One value, and nothing behind it. */
function readDer(bytes: Uint8Array): asn1js.AsnType {
  const { offset, result } = structure(() => asn1js.fromBER(bytes));
  if (offset !== bytes.length) throw malformed();
  return result;
}

function structure<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw malformed();
  }
}

function malformed(): StampRefusal {
  return new StampRefusal('malformed', 'What the authority sent is no time stamp as RFC 3161 has it.');
}
