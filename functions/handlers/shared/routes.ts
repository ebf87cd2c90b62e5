/** A route table: `METHOD /path/{parameter}` as API Gateway matched it, to the function that answers. */
import type { HttpReply, HttpRequest } from '../../platform/middy/http.ts';
import { RequestError } from './error-reply.ts';

export type Route = (request: HttpRequest) => Promise<HttpReply>;

export const dispatch =
  (routes: Readonly<Record<string, Route>>): Route =>
  (request) => {
    const route = Object.hasOwn(routes, request.route) ? routes[request.route] : undefined;
    if (route === undefined)
      throw new RequestError(404, 'not-found', `there is no ${request.route}; see /v1/openapi.json`);
    return route(request);
  };

export const ok = (body: unknown): HttpReply => ({ status: 200, body });
