/** The body of PUT /v1/stacks/{stack}: a Compose document or the resolved spec, by its content type. */
import { loadCompose } from '../../../compose/load.ts';
import type { Problem } from '../../../contract/http-api.ts';
import { firstProblems } from '../../../contract/problems.ts';
import { shown } from '../../../contract/rules/rule.ts';
import { stackSpec, type StackSpec } from '../../../contract/stack-spec.ts';
import type { HttpRequest } from '../../platform/middy/http.ts';
import { RequestError } from '../shared/error-reply.ts';
import { checkSize, parseJson } from '../shared/parse-body.ts';

const YAML = ['application/yaml', 'application/x-yaml', 'text/yaml'];

export interface StackDocument {
  readonly spec: StackSpec;
  readonly warnings: Problem[];
}

export function readStack(request: HttpRequest, stack: string): StackDocument {
  refuseEncoded(request);
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json') return { spec: parseJson(request.body, stackSpec), warnings: [] };
  if (!YAML.includes(type)) {
    const message = `the content type is ${type === '' ? 'missing' : shown(type)}`;
    const remedy = 'send application/yaml (Compose) or application/json (stack spec)';
    throw new RequestError(415, 'unsupported-media-type', `${message}; ${remedy}`, [
      { path: '', message, remedy },
    ]);
  }
  checkSize(request.body);
  const loaded = loadCompose(request.body, { name: stack });
  if (loaded.kind === 'stack') return { spec: loaded.spec, warnings: firstProblems(loaded.warnings) };
  const count = loaded.problems.length;
  throw new RequestError(
    400,
    'invalid-document',
    `the Compose document has ${count} ${count === 1 ? 'problem' : 'problems'}`,
    loaded.problems,
  );
}

/** API Gateway hands a body on as it came; what it would unpack to, nobody can tell before it is unpacked. */
function refuseEncoded({ headers }: HttpRequest): void {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') return;
  const message = `the body is encoded as ${shown(encoding)}`;
  throw new RequestError(415, 'unsupported-media-type', message, [
    { path: '', message, remedy: 'send it as it is, without content-encoding' },
  ]);
}
