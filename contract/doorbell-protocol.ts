/**
 * What crosses the doorbell: the WebSocket (API Gateway) that a host's agent holds open, so that it hears of a new
 * manifest without asking.
 *
 * Handshake: `GET <address>?host=<host>`, signed with the host role's session (SigV4, service `execute-api`), like the
 * agent's calls. Messages are JSON text, at most `DOORBELL_MESSAGE_MAX_BYTES` long:
 *
 *   agent -> control plane   Hello        at once, and to keep the socket from being closed as idle
 *                         <- HelloReply   `known`: rings for that host go to this very connection
 *   control plane -> agent   Ring         the host's manifest has this generation now
 *
 * Nothing depends on a ring: replies to beats and reports name the generation too, and agents go on polling.
 */
import * as z from 'zod';
import { hostId } from './names.ts';

/** All messages are a few dozen bytes; API Gateway itself would take 128 KB. */
export const DOORBELL_MESSAGE_MAX_BYTES = 256;

export const hello = z.strictObject({ host: hostId });
export const helloReply = z.object({ known: z.boolean() });
export const ring = z.object({ generation: z.int().min(0) });

export type Hello = z.infer<typeof hello>;
export type HelloReply = z.infer<typeof helloReply>;
export type Ring = z.infer<typeof ring>;
