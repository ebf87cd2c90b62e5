/**
 * The wire of the metadata service: runs as a program of its own, because it has to listen inside the network
 * namespace that owns 169.254.169.254. It knows nothing: each request goes to the cloud over the channel that it was
 * started with, and the reply comes back there. Ends when the cloud does.
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { METADATA_ADDRESS } from '../../network.ts';
import type { MetadataReply, MetadataRequest } from './answer.ts';

/** What goes over the channel: requests up, replies down, paired by id. */
export interface Asked {
  readonly id: number;
  readonly request: MetadataRequest;
}
export interface Answered {
  readonly id: number;
  readonly reply: MetadataReply;
}

const waiting = new Map<number, ServerResponse>();
let next = 0;

const server = createServer((request, response) => {
  request.resume();
  const id = next++;
  waiting.set(id, response);
  response.on('close', () => waiting.delete(id));
  const asked: Asked = {
    id,
    request: {
      source: request.socket.remoteAddress ?? '',
      method: request.method ?? '',
      path: (request.url ?? '/').split('?')[0] ?? '/',
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value[0] : value,
        ]),
      ),
    },
  };
  process.send?.(asked);
});

process.on('message', ({ id, reply }: Answered) => {
  waiting
    .get(id)
    ?.writeHead(reply.status, { ...reply.headers, server: 'EC2ws' })
    .end(reply.body);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
server.listen(80, METADATA_ADDRESS, () => process.send?.('listening'));
