/** The tags by which instances, volumes and interfaces of a cluster are known. */
export const CLUSTER_TAG = 'berth:cluster';
/** Value: Berth's host id. The agent reads it from its instance's metadata. */
export const HOST_TAG = 'berth:host';
