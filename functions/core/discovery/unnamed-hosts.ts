/**
 * In a full zone a new host gets no record, and an SRV that names it would send clients to a name without an address. So
 * what runs there is published only when the host is: until then its service is found on other hosts.
 */
import type { DirectoryName } from '../model/directory.ts';
import type { TaskView } from '../rollout/task-view.ts';

/** `tasks`, those on hosts without a record as if their host had no address; `known`: what the zone holds, by owner. */
export const onNamedHosts = (
  tasks: readonly TaskView[],
  known: ReadonlyMap<string, DirectoryName>,
): readonly TaskView[] =>
  tasks.map((task) => {
    const isNamed = (known.get(task.host.id)?.records.length ?? 0) > 0;
    return isNamed ? task : { ...task, host: { ...task.host, address: null } };
  });
