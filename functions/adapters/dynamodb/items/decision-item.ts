/** A decision <-> item. All expire after 30 days (the table's TTL attribute) but those of the audit kind. */
import type { DecisionCode } from '../../../core/model/decision.ts';
import type { StoredDecision } from '../../../usecases/ports.ts';
import { decisionKey, utcDay } from '../table/keys.ts';
import { fieldsOf } from '../table/fields.ts';
import type { Item } from '../table/fields.ts';
import type { Key } from '../table/table.ts';

export const DECISION_DAYS = 30;
const TIME_CHARACTERS = 9;

/** The time that an id begins with: it decides the day in which the decision is kept and looked for. */
export const timeOfDecisionId = (id: string): number => {
  const atMs = parseInt(id.slice(0, TIME_CHARACTERS), 36);
  return Number.isSafeInteger(atMs) && id[TIME_CHARACTERS] === '-' ? atMs : NaN;
};

export const fromDecision = (decision: StoredDecision): Item & Key => {
  const atMs = timeOfDecisionId(decision.id);
  if (Number.isNaN(atMs)) throw new Error(`decision id ${decision.id} does not begin with a time`);
  const expiresAt = Math.floor(atMs / 1000) + DECISION_DAYS * 86_400;
  return {
    ...decision,
    ...decisionKey(utcDay(atMs), decision.id),
    version: 1,
    ...(decision.audit === true ? {} : { expiresAt }),
  };
};

export const toDecision = (item: Item): StoredDecision => {
  const fields = fieldsOf(item);
  return {
    id: fields.text('id'),
    atMs: fields.number('atMs'),
    by: fields.text('by'),
    code: fields.text('code') as DecisionCode,
    subject: fields.text('subject'),
    stack: fields.textOrNull('stack'),
    message: fields.text('message'),
    ...(fields.flag('audit', false) ? { audit: true } : {}),
  };
};
