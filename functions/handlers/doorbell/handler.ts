/** Entry of the `doorbell` function: the WebSocket API's three routes (contract/doorbell-protocol.ts). */
import { DOORBELL_MESSAGE_MAX_BYTES, hello } from '../../../contract/doorbell-protocol.ts';
import { webSocketDoorbell } from '../../adapters/websocket/doorbell.ts';
import { createLogger } from '../../platform/logger.ts';
import { socket } from '../../platform/middy/socket.ts';
import { parseEnv } from '../../platform/parse-env.ts';
import { answerHello, closeSocket, openSocket } from '../../usecases/answer-doorbell.ts';
import { hostInstance } from '../shared/caller.ts';
import { errorReply } from '../shared/error-reply.ts';
import { openStores } from '../shared/stores.ts';
import { config } from './config.ts';

const env = parseEnv(config);
const role = { name: env.HOST_ROLE_NAME, id: env.HOST_ROLE_ID };
const stores = openStores(env.TABLE_NAME);
const [open, answer, close] = [openSocket(stores), answerHello(stores), closeSocket(stores)];
const done = { status: 200 };

export const handler = socket({
  logger: createLogger('doorbell'),
  errorReply,
  handle: async ({ route, connection, connectedAtMs, callbackUrl, query, caller, text }) => {
    if (route === '$connect') {
      const who = { host: query['host'] ?? '', instanceId: hostInstance(caller, role) };
      await open(who, { connection, connectedAtMs });
      return done;
    }
    if (route === '$disconnect') {
      await close(connection);
      return done;
    }
    const message = readHello(text);
    // What is not understood gets no answer: an agent takes that for a socket that does not work.
    if (message !== null)
      await answer(webSocketDoorbell({ endpoint: callbackUrl }), connection, message.host);
    return done;
  },
});

function readHello(text: string): { readonly host: string } | null {
  if (Buffer.byteLength(text) > DOORBELL_MESSAGE_MAX_BYTES) return null;
  try {
    return hello.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
