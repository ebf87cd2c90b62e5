/** Branded ids: a host's id never passes where a task's is wanted. They are minted outside core and passed in. */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `h-` and 10 characters; part of the host's DNS name and the value of its `berth:host` tag. */
export type HostId = Branded<'HostId'>;
/** One run of a replica: `web-3-` and 8 characters. */
export type TaskId = Branded<'TaskId'>;

export const hostId = (text: string): HostId => text as HostId;
export const taskId = (text: string): TaskId => text as TaskId;

/** `shop/web`: how a service is called in events and messages. */
export const serviceKey = (stack: string, service: string): string => `${stack}/${service}`;
/** `shop/web-3`: a replica in events and messages. */
export const replicaKey = (stack: string, service: string, slot: number): string =>
  `${stack}/${replicaName(service, slot)}`;
/** `web-3`: the stable identity of a replica within its stack. */
export const replicaName = (service: string, slot: number): string => `${service}-${slot}`;
