import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** The message as it came over the wire. */
  raw: string;
  /** What AUTH PLAIN brought, decoded. */
  auth: string | null;
}

export interface SmtpReceiver {
  port: number;
  received: ReceivedMail[];
  /** Refuses every recipient from now on, or no longer. */
  refuse(refused: boolean): void;
  close(): Promise<void>;
}

/** As much of a mail server as one client needs. */
export async function startSmtpReceiver(): Promise<SmtpReceiver> {
  let refused = false;
  const received: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void converse(socket, { isRefused: () => refused, onMail: (mail) => void received.push(mail) }).catch(
      () => undefined,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    refuse: (next) => {
      refused = next;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function converse(
  socket: Socket,
  box: { isRefused: () => boolean; onMail: (mail: ReceivedMail) => void },
): Promise<void> {
  const say = (line: string) => socket.write(`${line}\r\n`);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  let mail: ReceivedMail = { from: '', to: [], raw: '', auth: null };
  say('220 receiver ESMTP');
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) return;
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') say('250-receiver\r\n250 AUTH PLAIN');
    else if (verb === 'AUTH') {
      mail.auth = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
      say('235 ok');
    } else if (verb === 'MAIL') {
      mail.from = addressIn(line);
      say('250 ok');
    } else if (verb === 'RCPT') {
      mail.to.push(addressIn(line));
      say(box.isRefused() ? '550 no such user' : '250 ok');
    } else if (verb === 'DATA') {
      say('354 go on');
      for (let next = await lines.next(); !next.done && next.value !== '.'; next = await lines.next()) {
        mail.raw += `${next.value}\n`;
      }
      box.onMail(mail);
      mail = { from: '', to: [], raw: '', auth: mail.auth };
      say('250 ok');
    } else if (verb === 'QUIT') {
      say('221 bye');
      socket.end();
    } else say('250 ok');
  }
}

const addressIn = (line: string) => line.match(/<([^>]*)>/)?.[1] ?? '';
