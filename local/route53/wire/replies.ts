/** The replies of Route 53's REST protocol. */
import { randomUUID } from 'node:crypto';
import type { ChangeInfo } from '../model/change-log.ts';
import type { SetsPage } from '../model/pages.ts';
import type { RecordSet } from '../model/records/record-set.ts';
import type { Markup } from './xml.ts';
import { element, optional, xmlDocument } from './xml.ts';

/** An HTTP reply, ours or the emulator's. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

function reply(status: number, document: string): WireReply {
  const headers = { 'content-type': 'text/xml', 'x-amzn-requestid': randomUUID() };
  return { status, headers, body: Buffer.from(document) };
}

export function errorReply(code: string, message: string, status: number): WireReply {
  const error = element(
    'Error',
    element('Type', 'Sender'),
    element('Code', code),
    element('Message', message),
  );
  return reply(status, xmlDocument('ErrorResponse', error, element('RequestId', randomUUID())));
}

export function changeReply(
  root: 'ChangeResourceRecordSetsResponse' | 'GetChangeResponse',
  info: ChangeInfo,
): WireReply {
  const changeInfo = element(
    'ChangeInfo',
    element('Id', `/change/${info.id}`),
    element('Status', info.status),
    element('SubmittedAt', new Date(info.submittedAtMs).toISOString()),
    optional('Comment', info.comment),
  );
  return reply(200, xmlDocument(root, changeInfo));
}

export function setsReply(page: SetsPage): WireReply {
  return reply(
    200,
    xmlDocument(
      'ListResourceRecordSetsResponse',
      element('ResourceRecordSets', ...page.sets.map(setElement)),
      element('IsTruncated', page.next !== undefined),
      optional('NextRecordName', page.next?.name),
      optional('NextRecordType', page.next?.type),
      element('MaxItems', page.maxItems),
    ),
  );
}

function setElement(set: RecordSet): Markup {
  const records = set.values.map((value) => element('ResourceRecord', element('Value', value)));
  return element(
    'ResourceRecordSet',
    element('Name', set.name),
    element('Type', set.type),
    element('TTL', set.ttl),
    element('ResourceRecords', ...records),
  );
}
