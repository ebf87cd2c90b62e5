/**
 * The protocol of custom resources: CloudFormation calls with a presigned URL, and waits there for the answer (CloudFormation
 * User Guide, "Custom resource request and response"). No answer would be waited for until the resource's timeout.
 */
export interface CustomResourceRequest {
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** Absent before it was made. */
  readonly PhysicalResourceId?: string | undefined;
}

/** CloudFormation refuses answers above 4 KB. */
const REASON_MAX = 2_000;
const TIMEOUT_MS = 10_000;

/** `failure`: the reason that the stack's events show; null: done. */
export async function answerCustomResource(
  request: CustomResourceRequest,
  failure: string | null,
  send: typeof fetch = fetch,
): Promise<void> {
  const body = JSON.stringify({
    Status: failure === null ? 'SUCCESS' : 'FAILED',
    Reason: (failure ?? 'done').slice(0, REASON_MAX),
    PhysicalResourceId: request.PhysicalResourceId ?? request.LogicalResourceId,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
  });
  const reply = await send(request.ResponseURL, {
    method: 'PUT',
    // The URL is signed for an empty content type.
    headers: { 'content-type': '' },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!reply.ok) throw new Error(`CloudFormation refuses the answer: ${reply.status} ${await reply.text()}`);
}
