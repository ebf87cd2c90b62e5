/** Values of honoured properties that are refused, each with one problem that says why. */
import { describe, expect, it } from '@jest/globals';
import { problemsWith, refuse } from './documents.ts';

type RefusedValue = [yaml: string, problem: string];

const refused: RefusedValue[] = [
  ['command: a; b', 'command: the command holds `;` outside quotes, which only a shell understands'],
  ['command: [sleep, 10]', 'command[1]: must be a text, is a number'],
  ['command: {a: b}', 'command: must be a text, is a map'],
  [
    'environment: {A: }',
    'environment.A: `A` has no value; Docker Compose would take it from your shell, which Berth does not see',
  ],
  [
    'environment: [A]',
    'environment[0]: `A` has no value; Docker Compose would take it from your shell, which Berth does not see',
  ],
  [
    'environment: {A: 010}',
    'environment.A: `010` is no text to YAML, and Docker Compose would pass another text on',
  ],
  [
    'environment: {A: 0x1F}',
    'environment.A: `0x1F` is no text to YAML, and Docker Compose would pass another text on',
  ],
  [
    'environment: {A: 1_000}',
    'environment.A: `1_000` is no text to YAML, and Docker Compose would pass another text on',
  ],
  [
    'environment: {A: 1e3}',
    'environment.A: `1e3` is no text to YAML, and Docker Compose would pass another text on',
  ],
  [
    'environment: {A: .inf}',
    'environment.A: `.inf` is no text to YAML, and Docker Compose would pass another text on',
  ],
  ['environment: {A: [b]}', 'environment.A: must be a text, a number, true or false, is a list'],
  ['environment: {"A=b": c}', 'environment["A=b"]: the name `A=b` holds `=`'],
  ['environment: ["A =b"]', 'environment[0]: the name `A ` ends in a blank'],
  ['environment: ["=b"]', 'environment[0]: has no name'],
  ['environment: [A=b, A=b]', 'environment[1]: the same line is in the list twice'],
  ['environment: {__proto__: a}', 'environment.__proto__: this name cannot be stored'],
  ['environment: text', 'environment: must be a map or a list of KEY=value, is a text'],
  ['environment:', 'environment: must be a map or a list of KEY=value, is empty'],
  ['environment: {A: "$B"}', 'environment.A: variables are not filled in yet, and this holds `$B`'],
  ['labels: {berth.task: a}', 'labels["berth.task"]: labels that begin with `berth.` are Berth’s own'],
  ['ports: ["8080:80"]', 'ports[0]: `8080:80` asks for a host port, and host ports are chosen by Berth'],
  [
    'ports: ["127.0.0.1:8080:80/udp"]',
    'ports[0]: `127.0.0.1:8080:80/udp` asks for a host port, and host ports are chosen by Berth',
  ],
  ['ports: ["0"]', 'ports[0]: `0` is no port between 1 and 65535'],
  ['ports: [65536]', 'ports[0]: `65536` is no port between 1 and 65535'],
  ['ports: ["90-80"]', 'ports[0]: `90-80` is no port between 1 and 65535'],
  ['ports: ["1000-2000"]', 'ports[0]: at most 20 ports of a service are allowed'],
  ['ports: ["80/sctp"]', 'ports[0]: the protocol `sctp` is not supported'],
  ['ports: [080]', 'ports[0]: is a number that others read otherwise'],
  ['ports: [{target: 010}]', 'ports[0].target: is a number that others read otherwise'],
  ['deploy: {replicas: 0x2}', 'deploy.replicas: is a number that others read otherwise'],
  [
    'deploy: {resources: {limits: {cpus: 010}}}',
    'deploy.resources.limits.cpus: is a number that others read otherwise',
  ],
  [
    'environment: {A: 2026-01-01}',
    'environment.A: `2026-01-01` is no text to YAML, and Docker Compose would pass another text on',
  ],
  ['ports: [http]', 'ports[0]: `http` is no port'],
  ['ports: [80.5]', 'ports[0]: `80.5` is no port'],
  ['ports: [true]', 'ports[0]: must be a port, is true or false'],
  ['ports: 80', 'ports: must be a list, is a number'],
  ['ports: [80, "80"]', 'ports[1]: port 80/tcp is in the list twice'],
  [
    'ports: [{target: 80, name: a}, {target: 81, name: a}]',
    'ports[1]: two ports would share the SRV record `_a._tcp`',
  ],
  [
    'ports: [{target: 80, app_protocol: a}, {target: 81, name: a}]',
    'ports[1]: two ports would share the SRV record `_a._tcp`',
  ],
  ['ports: [{name: a}]', 'ports[0]: has no `target`'],
  ['ports: [{target: 70000}]', 'ports[0].target: must be between 1 and 65535, is 70000'],
  [
    'ports: [{target: 80, name: HTTP}]',
    'ports[0].name: `HTTP` cannot be the name of an SRV record: 1 to 15 lower-case letters, digits and inner hyphens (RFC 6335)',
  ],
  [
    'ports: [{target: 80, app_protocol: a/b}]',
    'ports[0].app_protocol: `a/b` cannot be the name of an SRV record: 1 to 15 lower-case letters, digits and inner hyphens (RFC 6335)',
  ],
  ['ports: [{target: 80, protocol: icmp}]', 'ports[0].protocol: the protocol `icmp` is not supported'],
  [
    'healthcheck: {interval: 1s}',
    'healthcheck: has no `test`; the timing of an image’s own check cannot be changed alone yet',
  ],
  [
    'healthcheck: {test: [curl, x]}',
    'healthcheck.test: must begin with CMD or CMD-SHELL and go on with a command, or be NONE alone',
  ],
  [
    'healthcheck: {test: [CMD]}',
    'healthcheck.test: must begin with CMD or CMD-SHELL and go on with a command, or be NONE alone',
  ],
  ['healthcheck: {test: ""}', 'healthcheck.test: must not be empty'],
  ['healthcheck: {test: a, interval: 10}', 'healthcheck.interval: is a number without a unit'],
  ['healthcheck: {test: a, interval: 1.5}', 'healthcheck.interval: is a number without a unit'],
  [
    'healthcheck: {test: a, timeout: soon}',
    'healthcheck.timeout: must be a duration such as `1m30s`, `5s` or `500ms`, is `soon`',
  ],
  ['healthcheck: {test: a, retries: -1}', 'healthcheck.retries: must be between 0 and 1000000, is -1'],
  ['healthcheck: {test: a, disable: perhaps}', 'healthcheck.disable: must be true or false'],
  ['healthcheck: a', 'healthcheck: must be a map, is a text'],
  ['restart: sometimes', 'restart: `sometimes` is no restart policy'],
  ['restart: on-failure:x', 'restart: `on-failure:x` is no restart policy'],
  ['restart: false', 'restart: must be a text, is true or false'],
  ['restart:', 'restart: must be a text, is empty'],
  ['stop_grace_period: 2h', 'stop_grace_period: is longer than an hour'],
  ['stop_signal: SIGNOT', 'stop_signal: `SIGNOT` is no signal of Linux'],
  ['user: 01', 'user: `01` is no user'],
  ['user: "a b"', 'user: `a b` is no user'],
  ['working_dir: srv', 'working_dir: must be an absolute path'],
  ['read_only: 1', 'read_only: must be true or false'],
  ['tmpfs: run', 'tmpfs: must begin with an absolute path'],
  ['tmpfs: /', 'tmpfs: must begin with an absolute path'],
  ['tmpfs: ["/run:colour=red"]', 'tmpfs[0]: `colour=red` is no mount option of tmpfs'],
  ['tmpfs: [/run, "/run:size=1m"]', 'tmpfs[1]: `/run` is mounted twice'],
  ['cap_add: [NET_WISH]', 'cap_add[0]: `NET_WISH` is no capability of Linux'],
  ['cap_add: [KILL, CAP_KILL]', 'cap_add[1]: `KILL` is in the list twice'],
  ['init: 2', 'init: must be true or false'],
  ['platform: windows/amd64', 'platform: the platform `windows/amd64` is not supported'],
  ['platform: __proto__', 'platform: the platform `__proto__` is not supported'],
  ['deploy: {mode: global}', 'deploy.mode: the mode `global` is not supported'],
  ['deploy: {replicas: 1001}', 'deploy.replicas: must be between 0 and 1000, is 1001'],
  ['deploy: {replicas: 1.5}', 'deploy.replicas: must be a whole number'],
  ['deploy: {replicas: -1}', 'deploy.replicas: must be between 0 and 1000, is -1'],
  [
    'deploy: {resources: {limits: {cpus: "0.0005"}}}',
    'deploy.resources.limits.cpus: `0.0005` is no number of CPUs',
  ],
  [
    'deploy: {resources: {limits: {cpus: "0.005"}}}',
    'deploy.resources.limits.cpus: is less than Docker’s least limit, 0.01 CPUs',
  ],
  [
    'deploy: {resources: {limits: {memory: 1m}}}',
    'deploy.resources.limits.memory: is less than Docker’s least limit, 6 MiB',
  ],
  [
    'deploy: {resources: {limits: {memory: 67108864}}}',
    'deploy.resources.limits.memory: must be a text, is a number',
  ],
  [
    'deploy: {resources: {limits: {memory: lots}}}',
    'deploy.resources.limits.memory: `lots` is no size in bytes',
  ],
  [
    'deploy: {resources: {limits: {pids: 0}}}',
    'deploy.resources.limits.pids: must be between 1 and 4194304, is 0',
  ],
  [
    'deploy: {resources: {limits: {memory: 8m}, reservations: {memory: 9m}}}',
    'deploy.resources.reservations.memory: reserves more than the limit allows to use',
  ],
  [
    'deploy: {resources: {limits: {cpus: "1"}, reservations: {cpus: "2"}}}',
    'deploy.resources.reservations.cpus: reserves more than the limit allows to use',
  ],
  ['deploy: []', 'deploy: must be a map, is a list'],
];

describe('refused', () => {
  it.each(refused)('%s', (yaml, problem) => {
    expect(problemsWith(yaml)).toEqual([problem]);
  });

  it.each(['Shop', 'a b', 'a:b:c', '/a', 'a/', 'a@sha256:12', 'a'.repeat(1025), 'http://a/b'])(
    'image %s',
    (image) => {
      expect(refuse(`name: a\nservices: {web: {image: "${image}"}}`)).toMatchObject([
        { path: 'services.web.image' },
      ]);
    },
  );

  it('a text of more characters than are stored', () => {
    expect(problemsWith(`command: ["${'a'.repeat(32_769)}"]`)).toEqual([
      'command: at most 512 words of at most 32768 characters are allowed',
    ]);
    expect(problemsWith(`environment: {A: "${'a'.repeat(32_769)}"}`)).toEqual([
      'environment.A: has 32769 characters',
    ]);
  });
});
