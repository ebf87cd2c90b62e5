/** Health, dead parts and drains on one local cloud: cases that wait for minutes of real time. */
import { agentCases } from '../e2e/cases/agent.ts';
import { drainCases } from '../e2e/cases/drain.ts';
import { healthCases } from '../e2e/cases/health.ts';
import { oneCloud } from '../e2e/support/one-cloud.ts';

const cloud = oneCloud('soak');

healthCases(cloud);
agentCases(cloud);
drainCases(cloud);
