/**
 * The HTTP handler of an SDK client that answers from memory. Requests wait for their turn: as many as the SDK has
 * connections are answered in one round, so that rounds count how often somebody had to wait for an answer.
 */
import { HttpResponse, type HttpRequest } from '@smithy/protocol-http';
import { DynamoError } from './errors.ts';

/** `maxSockets` of the SDK's own handler. */
export const CONNECTIONS = 50;

export interface Rounds {
  /** Rounds, and what answering took by the clock and of the processor, since the last time. */
  take(): { readonly rounds: number; readonly answeringMs: number; readonly answeringCpuMs: number };
}

export type Answer = (operation: string, request: object) => string;

export function createHandler(answer: Answer) {
  let waiting: (() => void)[] = [];
  let [rounds, answeringMs, answeringCpuMs] = [0, 0, 0];
  const round = (): void => {
    const [startMs, startCpu] = [performance.now(), process.threadCpuUsage()];
    const now = waiting.slice(0, CONNECTIONS);
    waiting = waiting.slice(CONNECTIONS);
    rounds += 1;
    for (const one of now) one();
    if (waiting.length > 0) setImmediate(round);
    const { user, system } = process.threadCpuUsage(startCpu);
    answeringMs += performance.now() - startMs;
    answeringCpuMs += (user + system) / 1000;
  };
  const handle = (request: HttpRequest): Promise<{ response: HttpResponse }> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(round);
      waiting.push(() => {
        try {
          resolve({ response: reply(answer, request) });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  const taken: Rounds = {
    take: () => {
      const seen = { rounds, answeringMs, answeringCpuMs };
      [rounds, answeringMs, answeringCpuMs] = [0, 0, 0];
      return seen;
    },
  };
  return {
    handle,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    ...taken,
  };
}

function reply(answer: Answer, { headers, body }: HttpRequest): HttpResponse {
  const [, operation = ''] = (headers['x-amz-target'] ?? '').split('.');
  try {
    return response(200, answer(operation, JSON.parse(textOf(body)) as object));
  } catch (error) {
    // What the model does not know is a mistake of the test, and no answer.
    if (!(error instanceof DynamoError)) throw error;
    const __type = `com.amazonaws.dynamodb.v20120810#${error.code}`;
    return response(400, JSON.stringify({ __type, message: error.message, ...error.more }));
  }
}

const response = (statusCode: number, text: string): HttpResponse =>
  new HttpResponse({
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(text),
  });

const textOf = (body: unknown): string =>
  typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array);
