/** The body of PUT /v1/stacks/{stack}: a Compose document or the resolved spec, by its content type. */
import { loadCompose } from '../../../compose/load.ts';
import { stackSpec, type StackSpec } from '../../../contract/stack-spec.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import { RequestError } from '../shared/error-reply.ts';
import { checkSize, parseJson } from '../shared/parse-body.ts';

const YAML = ['application/yaml', 'application/x-yaml', 'text/yaml'];

export function readStack(request: HttpRequest, stack: string): StackSpec {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json') return parseJson(request.body, stackSpec);
  if (!YAML.includes(type)) {
    const message = `the content type is ${type === '' ? 'missing' : type}; send application/yaml (Compose) or application/json (stack spec)`;
    throw new RequestError(415, 'unsupported-media-type', message);
  }
  checkSize(request.body);
  const loaded = loadCompose(request.body, { name: stack });
  if (loaded.kind === 'stack') return loaded.spec;
  const count = loaded.problems.length;
  throw new RequestError(
    400,
    'invalid-document',
    `the Compose document has ${count} ${count === 1 ? 'problem' : 'problems'}`,
    loaded.problems,
  );
}
