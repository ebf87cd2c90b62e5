/** Addresses of a subnet of 256, handed out in a circle so that one is not used again soon after its host ended. */
import type { AddressPool } from '../world.ts';

/** `.1` is the gateway; the ones below `.11` are left to the cloud itself. */
const FIRST = 11;
const LAST = 254;

/** @param network the first three numbers, for example `10.77.0`. */
export function createAddressPool(network: string): AddressPool {
  const taken = new Set<number>();
  let next = FIRST;
  return {
    take() {
      for (let tries = FIRST; tries <= LAST; tries += 1) {
        const candidate = next;
        next = candidate === LAST ? FIRST : candidate + 1;
        if (taken.has(candidate)) continue;
        taken.add(candidate);
        return `${network}.${candidate}`;
      }
      return undefined;
    },
    release: (address) => void taken.delete(Number(address.split('.')[3])),
  };
}
