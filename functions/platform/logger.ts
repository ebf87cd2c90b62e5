/**
 * One JSON line per event on standard output, as CloudWatch Logs wants it: constant messages, data in fields.
 * Level by `POWERTOOLS_LOG_LEVEL` or Lambda's own setting; `service` names the function.
 */
import { Logger } from '@aws-lambda-powertools/logger';

/** What the rest of the code needs of a logger. Errors go under the key `error`. */
export interface Log {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export const createLogger = (service: string): Logger => new Logger({ serviceName: service });
