/** The agent's version, put in by the bundler (`build.ts`); `source` when it runs unbundled. */
declare const BERTH_AGENT_VERSION: string | undefined;

export const agentVersion = typeof BERTH_AGENT_VERSION === 'string' ? BERTH_AGENT_VERSION : 'source';
