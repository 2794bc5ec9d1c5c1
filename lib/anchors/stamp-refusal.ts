import 'server-only';

/**
 * http: no time stamp came. malformed: what came is none. not_granted: the authority says that it gives none. wrong_imprint: it is of something else.
 * wrong_nonce: it is the answer to another request. wrong_certificate: who signed it is not trusted, or may not sign time stamps.
 * signature_invalid: it is not signed by the certificate that it names. bad_certificates: what is to be trusted is no list of certificates.
 */
export type StampFault =
  | 'http'
  | 'malformed'
  | 'not_granted'
  | 'wrong_imprint'
  | 'wrong_nonce'
  | 'wrong_certificate'
  | 'signature_invalid'
  | 'bad_certificates';

export class StampRefusal extends Error {
  override readonly name = 'StampRefusal';
  constructor(
    readonly code: StampFault,
    message: string,
  ) {
    super(message);
  }
}
