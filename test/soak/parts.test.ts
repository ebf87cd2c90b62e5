/** Parts that die or freeze, on one local cloud: cases that wait for minutes of real time. */
import { agentCases } from '../e2e/cases/agent.ts';
import { deployCases } from '../e2e/cases/deploy.ts';
import { oneCloud } from '../e2e/support/one-cloud.ts';

const cloud = oneCloud('soak');

// The shop that this one leaves running is what must not be disturbed.
deployCases(cloud);
agentCases(cloud, 300);
