/** Who looks. Made on every request from the session's row or the key's row, never from what a cookie claims. */
export interface Person {
  /** Users' id; for a read key the key's id. */
  id: string;
  name: string;
  /** Empty for a read key. */
  email: string;
  /** IANA name in which times are shown. */
  zone: string;
}

export interface Viewer {
  person: Person;
  sessionId: string | null;
  /** Set where a read key was used instead of a session. */
  keyId: string | null;
  /** The one ledger that the key is bound to; null for a session. */
  keyLedgerId: number | null;
  /** When the password was last entered in this session; null for a key. */
  confirmedAt: Date | null;
  /** Network address of the request, where it is known. */
  address: string | null;
}
