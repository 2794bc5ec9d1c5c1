import net, { type AddressInfo } from 'node:net';

/** A message as it came in, and for whom. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and body, dots unstuffed. */
  data: string;
}

export interface SmtpServer {
  url: string;
  received: ReceivedMail[];
  /** What each command is answered with in place of the usual; null for the usual, '' to hang up. */
  answer: (command: string) => string | null;
  close(): Promise<void>;
}

/** As much of RFC 5321 as a client needs to hand over a message. */
export async function startSmtpServer(): Promise<SmtpServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    converse(socket, made);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const made: SmtpServer = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer: () => null,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(() => done()));
    },
  };
  return made;
}

function converse(socket: net.Socket, server: SmtpServer): void {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let waiting = '';
  let mail: ReceivedMail = { from: '', to: [], data: '' };
  let inData = false;
  say('220 test.example ESMTP');
  socket.setEncoding('utf8').on('data', (piece) => {
    waiting += piece;
    for (let end = waiting.indexOf('\r\n'); end >= 0; end = waiting.indexOf('\r\n')) {
      const line = waiting.slice(0, end);
      waiting = waiting.slice(end + 2);
      if (inData) {
        if (line === '.') {
          inData = false;
          const other = server.answer('.');
          if (other === '') return void socket.destroy();
          if (other === null) server.received.push(mail);
          mail = { from: '', to: [], data: '' };
          say(other ?? '250 kept');
        } else mail.data += `${line.replace(/^\./, '')}\r\n`;
        continue;
      }
      const other = server.answer(line);
      if (other === '') return void socket.destroy();
      if (other !== null) say(other);
      else if (/^EHLO/i.test(line)) socket.write('250-test.example\r\n250 8BITMIME\r\n');
      else if (/^MAIL FROM:/i.test(line)) {
        mail.from = /<(.*?)>/.exec(line)?.[1] ?? '';
        say('250 ok');
      } else if (/^RCPT TO:/i.test(line)) {
        mail.to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
        say('250 ok');
      } else if (/^DATA/i.test(line)) {
        inData = true;
        say('354 go on');
      } else if (/^QUIT/i.test(line)) {
        say('221 bye');
        socket.end();
      } else if (/^STARTTLS|^AUTH/i.test(line)) say('502 not here');
      else say('250 ok');
    }
  });
}
