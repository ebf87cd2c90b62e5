/** What is remembered of offerings <- item; and offerings within other items. */
import type { Architecture } from '../../../core/model/cluster.ts';
import type { Offering, OfferingMemory, Shortage } from '../../../core/model/offering.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Fields, Item } from '../table/fields.ts';

export const toOffering = (fields: Fields): Offering => ({
  instanceType: fields.text('instanceType'),
  subnetId: fields.text('subnetId'),
  zone: fields.text('zone', ''),
});

export const toOfferingMemory = (item: Item): OfferingMemory => {
  const fields = fieldsOf(item);
  return {
    shortages: fields.list('shortages', toShortage),
    limits: fields.list('limits', (each) => ({
      quota: each.text('quota'),
      message: each.text('message', ''),
      atMs: each.number('atMs'),
      untilMs: each.number('untilMs'),
      times: each.number('times', 1),
    })),
    refusals: fields.list('refusals', (each) => ({
      pool: each.text('pool'),
      message: each.text('message', ''),
    })),
    inVain: fields.list('inVain', (each) => ({
      replica: each.text('replica'),
      digest: each.text('digest'),
      atMs: each.number('atMs'),
    })),
    templates: fields.list('templates', (each) => ({
      ...(each.has('architecture') ? { architecture: each.text('architecture') as Architecture } : {}),
      ...(each.has('securityGroups') ? { securityGroups: each.text('securityGroups') } : {}),
      launchTemplateId: each.text('launchTemplateId'),
      version: each.text('version'),
    })),
    templatesAtMs: fields.number('templatesAtMs', 0),
    version: fields.number('version'),
  };
};

const toShortage = (fields: Fields): Shortage => ({
  ...toOffering(fields),
  market: 'on-demand',
  kind: fields.text('kind', 'no-capacity') as Shortage['kind'],
  message: fields.text('message', ''),
  atMs: fields.number('atMs'),
  untilMs: fields.number('untilMs'),
  times: fields.number('times', 1),
});
