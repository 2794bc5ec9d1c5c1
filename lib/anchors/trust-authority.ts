import 'server-only';
import { X509Certificate } from 'node:crypto';
import { StampRefusal } from './stamp-refusal';

/** id-kp-timeStamping. @see RFC 3161 §2.3 */
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const MOST_CERTIFICATES = 16;
/** Certificates between an authority's own and one that is trusted. */
const LONGEST_PATH = 6;

/** One or more certificates in PEM. @throws StampRefusal bad_certificates */
export function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > MOST_CERTIFICATES)
    throw new StampRefusal(
      'bad_certificates',
      `Give one to ${MOST_CERTIFICATES} certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE.`,
    );
  return blocks.map((block) => readCertificate(block, 'One of the certificates cannot be read.', 'bad_certificates'));
}

export function readCertificate(source: string | Uint8Array, say: string, code: 'bad_certificates' | 'malformed'): X509Certificate {
  try {
    return new X509Certificate(source);
  } catch {
    throw new StampRefusal(code, say);
  }
}

/**
 * Whether a certificate may sign time stamps at that time: for this purpose and no other (RFC 3161 §2.3), and issued, by way of certificates that came along,
 * by one that is trusted; one that is itself trusted needs no issuer. Whether one of them was revoked is not asked.
 * @throws StampRefusal wrong_certificate
 */
export function assertMayStamp(
  signer: X509Certificate,
  cameAlong: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  at: Date,
): void {
  if (signer.keyUsage?.length !== 1 || signer.keyUsage[0] !== TIME_STAMPING)
    throw new StampRefusal('wrong_certificate', 'The certificate that signed it is not one for time stamps alone.');
  if (!isTrusted(signer, [...cameAlong, ...trusted], new Set(trusted.map(({ fingerprint256 }) => fingerprint256)), at, LONGEST_PATH))
    throw new StampRefusal(
      'wrong_certificate',
      'The certificate that signed it does not go back to one that is trusted here, or was not valid then.',
    );
}

function isTrusted(
  certificate: X509Certificate,
  known: readonly X509Certificate[],
  trusted: ReadonlySet<string>,
  at: Date,
  left: number,
): boolean {
  if (!isValid(certificate, at)) return false;
  if (trusted.has(certificate.fingerprint256)) return true;
  if (left === 0) return false;
  return known.some((issuer) => isIssuedBy(certificate, issuer) && isTrusted(issuer, known, trusted, at, left - 1));
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (!issuer.ca || issuer.fingerprint256 === certificate.fingerprint256 || !certificate.checkIssued(issuer)) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isValid(certificate: X509Certificate, at: Date): boolean {
  return Date.parse(certificate.validFrom) <= at.getTime() && at.getTime() <= Date.parse(certificate.validTo);
}
