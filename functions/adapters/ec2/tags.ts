/** The tags by which instances, volumes and interfaces of a cluster are known. */
export const CLUSTER_TAG = 'berth:cluster';
/** Value: Berth's host id. Given when a row has claimed the instance; the agent reads it from its instance's metadata. */
export const HOST_TAG = 'berth:host';
/** Value: the batch that the instance was launched for. */
export const INTENT_TAG = 'berth:intent';
