import 'server-only';
import { env } from '@/lib/env';

/** no_server: this installation sends no mail. unreachable: its server did not answer. refused: it would not take the message for anyone. */
export type MailFault = 'no_server' | 'unreachable' | 'refused';

/** The message was sent to nobody. Nothing that the server said is repeated beyond its code. */
export class MailError extends Error {
  override readonly name = 'MailError';
  constructor(
    readonly code: MailFault,
    message: string,
  ) {
    super(message);
  }
}

export interface Mail {
  to: readonly string[];
  subject: string;
  text: string;
  attachments?: { filename: string; content: string | Buffer }[];
}

export interface MailReceipt {
  messageId: string;
  accepted: string[];
  /** Addresses that the server would not take while it took others. */
  refused: string[];
}

const TIMEOUT_MS = 15_000;

export function canSendMail(): boolean {
  const { SMTP_URL, MAIL_FROM } = env();
  return SMTP_URL !== undefined && MAIL_FROM !== undefined;
}

/** Hands a message to the server of SMTP_URL; that it accepts it is all that is known. @throws MailError */
export async function sendMail(mail: Mail): Promise<MailReceipt> {
  const { SMTP_URL, MAIL_FROM } = env();
  if (SMTP_URL === undefined || MAIL_FROM === undefined)
    throw new MailError('no_server', 'This installation sends no mail: set SMTP_URL and MAIL_FROM.');
  // Loaded where mail is sent.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...connectionOf(SMTP_URL),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const sent = await transport.sendMail({
      from: MAIL_FROM,
      to: mail.to.map((address) => ({ name: '', address })),
      subject: mail.subject,
      text: mail.text,
      attachments: mail.attachments,
      // No answer of a machine to a machine (RFC 3834 §5).
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    return { messageId: sent.messageId, accepted: sent.accepted.map(addressOf), refused: sent.rejected.map(addressOf) };
  } catch (error) {
    throw faultOf(error);
  } finally {
    transport.close();
  }
}

/** smtps:// speaks TLS from the first byte; smtp:// goes over to it where the server offers it. */
function connectionOf(address: string): {
  host: string;
  port: number;
  secure: boolean;
  requireTLS: boolean;
  auth?: { user: string; pass: string };
} {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '')
    throw new MailError('no_server', 'SMTP_URL is no address of the form smtp://host:port or smtps://host:port.');
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // A password never travels in the clear: a server that takes it away from the offer to use TLS gets none.
    requireTLS: !secure && user !== '',
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
  };
}

function addressOf(entry: string | { address: string }): string {
  return typeof entry === 'string' ? entry : entry.address;
}

function faultOf(error: unknown): MailError {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const status = typeof responseCode === 'number' ? ` (${responseCode})` : '';
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new MailError('refused', `The mail server does not take this message${status}.`);
  if (code === 'EAUTH') return new MailError('refused', `The mail server does not accept user name and password of SMTP_URL${status}.`);
  if (code === 'ETLS') return new MailError('refused', 'The mail server offers no TLS, and a password is not sent without it.');
  return new MailError(
    'unreachable',
    `The mail server could not be reached${typeof code === 'string' && /^E[A-Z]+$/.test(code) ? ` (${code})` : ''}${status}.`,
  );
}
