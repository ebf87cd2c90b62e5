/**
 * What all functions of Berth share: Node 24 on arm64, one ESM bundle with the SDK in it, JSON logs kept two weeks,
 * and a role that holds its log lines and the given grants, nothing else (no managed policy).
 *
 * The SDK is bundled: its version is then ours, and a bundle of what is used starts faster than the runtime's copy.
 * No reserved concurrency: a new account has 10 in all.
 */
import { join } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import {
  type BundlingOptions,
  NodejsFunction,
  OutputFormat,
  SourceMapMode,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { allow } from './grants.ts';

const PROJECT = join(import.meta.dirname, '../../..');

/** `Config` is the schema's type in the handler's own `config.ts`: a variable that is missing here fails the type check. */
export interface BerthFunctionProps<Config> {
  /** Folder under `functions/handlers`. */
  readonly handler: string;
  readonly memoryMib: number;
  readonly timeout: Duration;
  readonly environment: Record<keyof Config & string, string>;
  /** Everything that this function may do, log lines aside. */
  readonly grants: readonly PolicyStatement[];
  /** Part of a chain of loops that wake each other: AWS would cut it after 16 hops. Such a loop counts its own hops. */
  readonly mayRecurse?: boolean;
  /** Called so often that its START, END and REPORT lines would cost as much as the function itself. */
  readonly quiet?: boolean;
}

export class BerthFunction<Config> extends NodejsFunction {
  readonly executionRole: Role;

  constructor(scope: Construct, id: string, props: BerthFunctionProps<Config>) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const writeLogs = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]);
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { grants: new PolicyDocument({ statements: [writeLogs, ...props.grants] }) },
    });
    super(scope, id, {
      entry: join(PROJECT, 'functions/handlers', props.handler, 'handler.ts'),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMib,
      timeout: props.timeout,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: props.quiet ? SystemLogLevel.WARN : SystemLogLevel.INFO,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      recursiveLoop: props.mayRecurse ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      projectRoot: PROJECT,
      depsLockFilePath: join(PROJECT, 'package-lock.json'),
      bundling: BUNDLING,
    });
    this.executionRole = role;
  }
}

/** Packages that are CommonJS inside call `require`, which an ES module has not. */
const REQUIRE_BANNER =
  "import { createRequire as berthCreateRequire } from 'node:module'; const require = berthCreateRequire(import.meta.url);";

const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: true,
  sourceMapMode: SourceMapMode.DEFAULT,
  sourcesContent: false,
  externalModules: [],
  banner: REQUIRE_BANNER,
};
