/** EC2 says that an instance changed: have the provision loop look, which decides from what EC2 then shows. */
import type { Wakes } from './ports.ts';

export function noteInstanceEvent({
  wakes,
}: {
  readonly wakes: Wakes;
}): (event: { readonly kind: string; readonly instanceId: string }) => Promise<void> {
  return ({ kind, instanceId }) => wakes.provision(`${kind} of ${instanceId}`);
}
