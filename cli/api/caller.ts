import { sign } from './sign.ts';
import type { Target } from './target.ts';

/** For messages only: who signs, as STS tells it; else the access key id. Never throws. */
export async function whoCalls(
  target: Target,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const credentials = await target.credentials();
  const fallback = `the holder of access key ${credentials.accessKeyId}`;
  try {
    const url = stsUrl(target, env);
    const request = {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    };
    const scope = { service: 'sts', region: target.region, credentials, now: new Date() } as const;
    const answer = await fetch(url, {
      method: request.method,
      headers: await sign(request, scope),
      body: request.body,
      signal: AbortSignal.timeout(5000),
    });
    return /<Arn>([^<]+)<\/Arn>/.exec(await answer.text())?.[1] ?? fallback;
  } catch {
    // The message is about another failure: this one would only hide it.
    return fallback;
  }
}

function stsUrl(target: Target, env: Readonly<Record<string, string | undefined>>): URL {
  const named = env.AWS_ENDPOINT_URL_STS ?? env.AWS_ENDPOINT_URL;
  if (named) return new URL(named);
  if (target.source === 'local-file') return new URL('/', target.endpoint);
  const suffix = target.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(`https://sts.${target.region}.${suffix}/`);
}
