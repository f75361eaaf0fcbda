import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** The same address through the proxy. */
  url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Half-open: nothing passes in either direction, and nobody is told; new connections are taken and stay silent too. */
  freeze(): void;
  /**
   * New connections pass again, on the same port. What was frozen stays silent for good; the server knows that it is gone,
   * unless `serverKnows` is false.
   */
  restore(options?: { serverKnows: boolean }): Promise<void>;
}

/**
 * Stands between the program and its database, so that the database can be taken away. `watch`: is called for each
 * connection, and what it returns with all that the client sends there.
 */
export async function createTcpProxy(targetUrl: string, watch?: () => (chunk: Buffer) => void): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const near = new Set<Socket>();
  const far = new Map<Socket, Socket>();
  let isFrozen = false;

  const server = createServer((client) => {
    near.add(client);
    client.on('error', () => undefined);
    client.on('close', () => {
      near.delete(client);
      far.get(client)?.destroy();
    });
    // What nobody reads would never end, either.
    if (isFrozen) return void client.resume();
    const backend = connect(Number(target.port || 5432), target.hostname);
    far.set(client, backend);
    backend.on('error', () => undefined);
    backend.on('close', () => {
      // The end of a frozen connection reaches nobody.
      if (far.delete(client)) client.destroy();
    });
    if (watch) client.on('data', watch());
    client.pipe(backend);
    backend.pipe(client);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(targetUrl);
  url.host = `127.0.0.1:${port}`;
  const frozen = new Set<Socket>();

  return {
    url: url.href,
    async cut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of [...near, ...frozen]) socket.destroy();
      await closed;
    },
    freeze() {
      isFrozen = true;
      for (const [client, backend] of far) {
        far.delete(client);
        frozen.add(backend);
        client.unpipe();
        client.resume();
        backend.unpipe();
        backend.pause();
      }
    },
    async restore({ serverKnows } = { serverKnows: true }) {
      isFrozen = false;
      if (serverKnows) {
        for (const backend of frozen) backend.destroy();
        frozen.clear();
      }
      if (!server.listening) await listen(port);
    },
  };
}
