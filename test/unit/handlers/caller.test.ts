import { describe, expect, it } from '@jest/globals';
import { hostInstance, operator } from '../../../functions/handlers/shared/caller.ts';
import { ForbiddenError } from '../../../functions/usecases/errors.ts';
import { HOST_ROLE, INSTANCE, OPERATOR, sessionOf } from './requests.ts';

describe('an operator', () => {
  it.each([
    ['a user', OPERATOR],
    ['the root of the account', { ...OPERATOR, arn: 'arn:aws:iam::000000000000:root' }],
    ['a session of another role', sessionOf({ role: 'admin' })],
    ['a session of a role whose name begins like the host role', sessionOf({ role: `${HOST_ROLE.name}-2` })],
  ])('is %s', (_who, caller) => {
    expect(operator(caller, HOST_ROLE.name)).toBe(caller.arn);
  });

  it.each([
    ['nobody', null],
    ['a host', sessionOf()],
    ['a host of another partition', sessionOf({ partition: 'aws-us-gov' })],
    ['any session of the host role, whatever its name', sessionOf({ session: 'somebody' })],
  ])('is not %s', (_who, caller) => {
    expect(() => operator(caller, HOST_ROLE.name)).toThrow(ForbiddenError);
  });
});

describe('a host', () => {
  it.each([INSTANCE, 'i-01234567'])('is the session that EC2 made for %s', (session) => {
    expect(hostInstance(sessionOf({ session }), HOST_ROLE)).toBe(session);
  });

  it.each([
    ['nobody', null],
    ['a user', OPERATOR],
    ['a user who bears the role’s id', { ...OPERATOR, userId: `${HOST_ROLE.id}:${INSTANCE}` }],
    ['a session of another role', sessionOf({ role: 'admin' })],
    [
      'the host role that was deleted and made again: same name, other id',
      sessionOf({ roleId: 'AROAOTHER' }),
    ],
    ['a person who assumed the host role', sessionOf({ session: 'ada' })],
    ['a session that only looks like an instance', sessionOf({ session: `${INSTANCE}/x` })],
    ['a session with more than an instance id', sessionOf({ session: `${INSTANCE}0123456789` })],
    ['an ARN and a user id of two sessions', { ...sessionOf(), userId: `${HOST_ROLE.id}:i-99999999` }],
  ])('is not %s', (_who, caller) => {
    expect(() => hostInstance(caller, HOST_ROLE)).toThrow(ForbiddenError);
  });
});
