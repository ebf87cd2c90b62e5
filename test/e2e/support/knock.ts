/**
 * One program that opens a connection, says something and prints what comes back: the same on a host and inside a
 * container of it, so that a try and its control differ in nothing but the place.
 *
 * It is the machine's Perl (part of every Debian), which a hostile container brings along: `bringTools` copies it in.
 */
import type { HostWhereabouts } from '../../../local/whereabouts.ts';
import { docker, sh, type RunningContainer } from './hosts.ts';
import { inHost } from '../../../local/metal/in-host.ts';

/** A host, or a container of one. */
export type Place = HostWhereabouts | RunningContainer;

/** Seconds. An answer on one machine takes milliseconds; a packet that is dropped is never answered. */
const PATIENCE_S = 2;

const KNOCK = `
use Socket qw(:all);
my ($to, $port, $say) = @ARGV;
$| = 1;
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { print 'no answer'; exit };
alarm ${String(PATIENCE_S)};
my ($family, $address) = (AF_UNIX, undef);
if ($port eq 'unix') {
  $address = sockaddr_un($to);
} else {
  my ($error, $found) = getaddrinfo($to, $port, { socktype => SOCK_STREAM });
  if ($error) { print "no name: $error"; exit }
  ($family, $address) = ($found->{family}, $found->{addr});
}
socket(my $socket, $family, SOCK_STREAM, 0) or do { print "no socket: $!"; exit };
connect($socket, $address) or do { print "no connection: $!"; exit };
print "connected\\n";
syswrite($socket, pack('H*', $say // ''));
shutdown($socket, 1) if $port eq 'unix';
while (sysread($socket, my $part, 65536)) { print $part }
`;

/**
 * Resolves with `connected`, a line of its own, and what was answered; or with `no answer` (nothing within 2 s, or no
 * end of it), `no connection: REASON`, `no name: REASON`.
 * @param port of TCP, or `unix`: then `to` is a path
 */
export function knock(
  from: Place,
  to: string,
  port: number | 'unix',
  say: string | Buffer = '',
): Promise<string> {
  return perl(from, KNOCK, to, String(port), Buffer.from(say).toString('hex'));
}

/** Runs a Perl program there. @throws RunError */
export const perl = (from: Place, program: string, ...argv: string[]): Promise<string> =>
  'host' in from
    ? docker(from.host, 'exec', from.id, '/usr/bin/perl', '-e', program, ...argv)
    : inHost(from, ['/usr/bin/perl', '-e', program, ...argv]);

/** Runs a shell script there, as the container's root; resolves with all that it wrote, whatever its end. */
export const shell = (from: Place, script: string): Promise<string> => {
  const all = `export PATH=/bin:/sbin:/usr/bin:/usr/sbin; { ${script}\n} 2>&1; true`;
  return 'host' in from ? docker(from.host, 'exec', from.id, '/bin/sh', '-c', all) : sh(from, all);
};

/** Puts Perl into a container. */
export async function bringTools({ host, id }: RunningContainer): Promise<void> {
  const files = `echo /usr/bin/perl; ldd /usr/bin/perl | grep -o '/[^ ]*'; perl -e 'print grep { /perl-base/ } @INC'`;
  await sh(
    host,
    `{ ${files}; } | tar -C / -ch -T - 2>/dev/null | docker exec -i ${id} /bin/busybox tar -C / -x`,
  );
}
