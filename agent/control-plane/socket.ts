/** The port "socket": one message-wise connection to the control plane, the doorbell of contract/doorbell-protocol.ts. */
export interface Socket {
  /** Never throws: what cannot be sent is lost, and the end of the socket is told by `onEnd`. */
  send(text: string): void;
  /** Closes it at once; nothing is told of it any more. */
  close(): void;
}

export interface SocketEvents {
  /** One whole message, of a length within the wire's bound. */
  readonly onText: (text: string) => void;
  /** The other side, the network or a fault ended it; once, and never after `close`. */
  readonly onEnd: (why: string) => void;
}

/** Resolves once it is open, within a deadline of its own. @throws when it is refused or nobody answers */
export type OpenSocket = (host: string, events: SocketEvents) => Promise<Socket>;
