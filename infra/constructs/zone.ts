/**
 * The private hosted zone that `register` alone writes.
 *
 * CloudFormation makes its SOA and NS records and cannot set the SOA's TTL and minimum (900 s and a day would be the
 * life of a negative answer): `register` sets both to 10 s on its first pass.
 */
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';

export interface ZoneProps {
  readonly zoneName: string;
  readonly vpc: IVpc;
}

export class Zone extends PrivateHostedZone {
  constructor(scope: Construct, id: string, { zoneName, vpc }: ZoneProps) {
    super(scope, id, { zoneName, vpc, comment: 'Names of replicas and services; written by Berth only' });
  }
}
