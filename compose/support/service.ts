/** Rows of a service that Berth honours, and of those parts of them that it does not. */
import { honoured, refused, type Row } from './row.ts';

const of = (property: string) => `services.*.${property}`;

export const serviceRows: readonly Row[] = [
  honoured(
    of('image'),
    'Required. Pulled by the host unless it has it already, with Docker’s own rules for names.',
  ),
  honoured(
    of('command'),
    'Replaces the image’s CMD. A string is split into words as in Docker Compose (quotes and backslashes, no shell); `;`, `&`, `|`, `<`, `>` outside quotes are refused, where Docker Compose drops the rest of the line.',
  ),
  honoured(
    of('entrypoint'),
    'Replaces the image’s ENTRYPOINT; `[]` clears it. Strings are split as for `command`.',
  ),
  honoured(
    of('environment'),
    'Map or list. A key without a value is refused (in Docker Compose: taken from the shell). Numbers that YAML would rewrite must be quoted. `BERTH_*` variables of the replica are added unless set here.',
  ),
  honoured(
    of('labels'),
    'Labels of the container, map or list. Names that begin with `berth.` are Berth’s own.',
  ),
  honoured(
    of('ports'),
    'Ports inside the container; the host port is always chosen by Berth. Short form: a port, a range, `/udp`. At most 20.',
  ),
  honoured(of('ports[].target'), 'Port inside the container, 1 to 65535.'),
  honoured(of('ports[].protocol'), '`tcp` (the default) or `udp`.'),
  honoured(
    of('ports[].name'),
    'Name of the SRV record: `_NAME._tcp.SERVICE.STACK.ZONE`. Without it `app_protocol`, else the number, is used.',
  ),
  honoured(of('ports[].app_protocol'), 'Name of the SRV record if `name` is not given.'),
  refused(
    of('ports[].published'),
    'host ports are chosen by Berth, so that replicas can share a host',
    'leave it out, and find the port by the SRV record',
    'published ports',
  ),
  refused(
    of('ports[].host_ip'),
    'host ports are open to the other hosts and to no one else',
    'leave it out',
    'published ports',
  ),
  refused(
    of('ports[].mode'),
    'there is no ingress network: each replica has a host port of its own',
    'leave it out',
    'published ports',
  ),
  honoured(
    of('healthcheck'),
    'Decides when a replica is in DNS. Without one here and in the image: healthy once running.',
  ),
  honoured(
    of('healthcheck.test'),
    'A string runs in the container’s shell; a list begins with CMD, CMD-SHELL or NONE.',
  ),
  honoured(of('healthcheck.interval'), 'Duration in whole milliseconds; `0s` and absent mean Docker’s 30 s.'),
  honoured(of('healthcheck.timeout'), 'Duration in whole milliseconds; `0s` and absent mean Docker’s 30 s.'),
  honoured(of('healthcheck.start_period'), 'Duration in whole milliseconds in which failures do not count.'),
  honoured(
    of('healthcheck.retries'),
    'Failures in a row that make it unhealthy; 0 and absent mean Docker’s 3.',
  ),
  honoured(of('healthcheck.disable'), '`true` switches off the image’s own check: healthy once running.'),
  refused(
    of('healthcheck.start_interval'),
    'Docker engines before 25 ignore it, and hosts are not chosen by engine version yet',
    'leave it out, and make `interval` as short as the start needs',
    'health probes',
  ),
  honoured(
    of('restart'),
    '`always`, `unless-stopped`, `on-failure`, `on-failure:N`, `"no"`. Absent means `always`: an orchestrator keeps the replicas that were asked for running (Docker Compose: `no`). The host’s agent restarts, with growing pauses.',
  ),
  honoured(
    of('stop_grace_period'),
    'Time between stop signal and SIGKILL, at most 1 h; absent: 10 s. It starts after the replica left DNS.',
  ),
  honoured(
    of('stop_signal'),
    'Name (`SIGQUIT`, `QUIT`) or number of a signal; absent: the image’s, else SIGTERM.',
  ),
  honoured(of('user'), '`user`, `uid`, `user:group`, `uid:gid`; a plain number is accepted, too.'),
  honoured(of('working_dir'), 'Absolute path.'),
  honoured(of('read_only'), 'The root file system cannot be written to.'),
  honoured(of('tmpfs'), 'Path, or path and mount options: `/run:size=64m,mode=1777`.'),
  honoured(
    of('cap_add'),
    'Capability names with or without `CAP_`, or `ALL`. Berth starts from Docker’s default set without NET_RAW (Docker: with it).',
  ),
  honoured(of('cap_drop'), 'As `cap_add`.'),
  honoured(of('init'), 'A tiny init process runs as PID 1, forwards signals and reaps.'),
  honoured(of('platform'), '`linux/amd64` or `linux/arm64`; absent: that of the host pool.'),
];
