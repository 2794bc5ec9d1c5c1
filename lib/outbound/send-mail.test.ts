import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type SmtpServer, startSmtpServer } from '@/lib/testing/smtp-server';
import { canSendMail, sendMail } from './send-mail';

let smtp: SmtpServer;
beforeAll(async () => {
  process.env.DATABASE_URL ??= 'postgresql://nobody@localhost/none';
  smtp = await startSmtpServer();
});
beforeEach(() => {
  Object.assign(process.env, { SMTP_URL: smtp.url, MAIL_FROM: 'holdfast@example.org' });
  smtp.received.length = 0;
  smtp.answer = () => null;
});
afterEach(() => {
  delete process.env.SMTP_URL;
  delete process.env.MAIL_FROM;
});
afterAll(() => smtp.close());

const mail = { to: ['one@example.org', 'two@example.org'], subject: 'Checkpoint 7', text: 'A line\n.\n..end — é\n' };

it('hands a message over as it is, to those whom it is for', async () => {
  const receipt = await sendMail({ ...mail, attachments: [{ filename: 'checkpoint.txt', content: 'origin\n7\n' }] });
  expect(receipt).toMatchObject({ accepted: mail.to, refused: [] });
  const [{ from, to, data }] = smtp.received;
  expect({ from, to }).toEqual({ from: 'holdfast@example.org', to: mail.to });
  expect(data).toContain('Subject: Checkpoint 7\r\n');
  expect(data).toContain('Auto-Submitted: auto-generated\r\n');
  expect(data).toContain(`Message-ID: ${receipt.messageId}\r\n`);
  expect(data).toContain(Buffer.from('origin\n7\n').toString('base64'));
});

it('writes what stands in a subject into no other header', async () => {
  await sendMail({ ...mail, subject: 'x\r\nBcc: mallory@example.org\r\n\r\nbody' });
  const [{ to, data }] = smtp.received;
  expect(to).toEqual(mail.to);
  expect(data.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/im);
});

it('says who was refused where others were not', async () => {
  smtp.answer = (line) => (line.includes('two@') ? '550 SECRET no such user' : null);
  expect(await sendMail(mail)).toMatchObject({ accepted: ['one@example.org'], refused: ['two@example.org'] });
});

it('fails where nobody is accepted, or the message is not, without repeating what the server says', async () => {
  for (const command of ['RCPT', 'MAIL', '.']) {
    smtp.answer = (line) => (line.startsWith(command) ? '554 SECRET' : null);
    const error = await sendMail(mail).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'MailError', code: 'refused' });
    expect((error as Error).message).not.toContain('SECRET');
  }
  expect(smtp.received).toEqual([]);
});

it('fails where the server hangs up or is not there', async () => {
  smtp.answer = (line) => (line.startsWith('DATA') ? '' : null);
  await expect(sendMail(mail)).rejects.toMatchObject({ code: 'unreachable' });
  process.env.SMTP_URL = 'smtp://127.0.0.1:1';
  await expect(sendMail(mail)).rejects.toMatchObject({ code: 'unreachable' });
});

it('sends no password without TLS', async () => {
  const heard: string[] = [];
  smtp.answer = (line) => {
    heard.push(line);
    return null;
  };
  process.env.SMTP_URL = smtp.url.replace('//', '//user:hunter2@');
  await expect(sendMail(mail)).rejects.toMatchObject({ name: 'MailError' });
  expect(heard.join('\n')).not.toMatch(/AUTH|hunter2/);
});

it('says that no mail is sent where no server is given', async () => {
  delete process.env.SMTP_URL;
  expect(canSendMail()).toBe(false);
  await expect(sendMail(mail)).rejects.toMatchObject({ code: 'no_server' });
});
