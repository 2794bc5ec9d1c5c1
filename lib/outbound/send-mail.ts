import 'server-only';
import nodemailer, { type Transporter } from 'nodemailer';
import { env } from '@/lib/env';

export interface Mail {
  to: readonly string[];
  subject: string;
  text: string;
  attachments?: { filename: string; content: Buffer | string; contentType: string }[];
  /** The same for a mail that is tried again. */
  messageId?: string;
}

export class MailFault extends Error {
  override readonly name = 'MailFault';
}

let transport: { url: string; transporter: Transporter } | null = null;

/**
 * Sends by the server of SMTP_URL, from MAIL_FROM. @returns what the server answered, and to whom it was handed.
 * @throws MailFault where nothing is configured, the server refuses, or an address does
 */
export async function sendMail(mail: Mail): Promise<{ response: string; accepted: string[] }> {
  const { SMTP_URL, MAIL_FROM } = env();
  if (SMTP_URL === undefined || MAIL_FROM === undefined)
    throw new MailFault('No mail goes out from here: an operator has to set SMTP_URL and MAIL_FROM.');
  if (transport?.url !== SMTP_URL)
    transport = {
      url: SMTP_URL,
      transporter: nodemailer.createTransport(SMTP_URL, {
        connectionTimeout: 10_000,
        greetingTimeout: 10_000,
        socketTimeout: 20_000,
        disableFileAccess: true,
        disableUrlAccess: true,
      }),
    };
  try {
    const sent = await transport.transporter.sendMail({
      from: MAIL_FROM,
      to: [...mail.to],
      subject: mail.subject,
      text: mail.text,
      ...(mail.attachments === undefined ? {} : { attachments: mail.attachments }),
      ...(mail.messageId === undefined ? {} : { messageId: mail.messageId }),
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    if (sent.rejected.length > 0) throw new MailFault(`The mail server refused ${sent.rejected.length} of ${mail.to.length} addresses.`);
    return { response: String(sent.response), accepted: sent.accepted.map(String) };
  } catch (error) {
    if (error instanceof MailFault) throw error;
    const code = (error as { code?: string; responseCode?: number }).responseCode ?? (error as { code?: string }).code;
    throw new MailFault(`The mail server did not take it${code === undefined ? '' : ` (${code})`}.`);
  }
}
