/**
 * The doorbell over API Gateway's management API (PostToConnection).
 *
 * In: the stage's callback address; AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI in its place, as every AWS SDK has it.
 * Fails: 410 is `gone`; a throttle is ThrottledError, a refusal ForbiddenError, everything else an Error with the status.
 */
import type { HelloReply, Ring } from '../../../contract/doorbell-protocol.ts';
import { ForbiddenError, ThrottledError } from '../../usecases/errors.ts';
import type { Doorbell } from '../../usecases/ports.ts';
import { signedPost, type PostReply, type SignedPost } from './signed-post.ts';

export interface WebSocketDoorbellOptions {
  /** `https://API.execute-api.REGION.amazonaws.com/STAGE` */
  readonly endpoint: string;
  readonly post?: SignedPost;
  /** Told of every message that failed. */
  readonly onFailure?: (error: unknown) => void;
}

/** A warm call takes 10 to 60 ms. */
export const RING_TIMEOUT_MS = 1000;

export const webSocketDoorbell = ({
  endpoint,
  post = signedPost,
  onFailure = () => undefined,
}: WebSocketDoorbellOptions): Doorbell => {
  const base = process.env['AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI'] ?? endpoint;
  const send = async (connection: string, message: Ring | HelloReply): Promise<'rung' | 'gone'> => {
    try {
      const url = new URL(`${base.replace(/\/+$/, '')}/@connections/${encodeURIComponent(connection)}`);
      return outcomeOf(await post(url, JSON.stringify(message), RING_TIMEOUT_MS), connection);
    } catch (error) {
      onFailure(error);
      throw error;
    }
  };
  return {
    ring: (connection, generation) => send(connection, { generation }),
    answer: (connection, known) => send(connection, { known }),
  };
};

function outcomeOf({ status, errorType, body }: PostReply, connection: string): 'rung' | 'gone' {
  if (status >= 200 && status < 300) return 'rung';
  if (status === 410) return 'gone';
  const said = `connection ${connection}: ${status} ${errorType} ${body.slice(0, 200)}`;
  if (status === 429) throw new ThrottledError(`API Gateway throttles rings: ${said}`);
  if (status === 403) throw new ForbiddenError(`API Gateway refuses a ring: ${said}`);
  throw new Error(`API Gateway did not take a ring: ${said}`);
}
