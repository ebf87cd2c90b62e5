/** Prints the template that a context, given as JSON, makes: for `berth-template.ts`, which loads no CDK. */
import { berthStack, templateOf } from './berth-stack.ts';

const context = JSON.parse(process.argv[2] ?? '{}') as Record<string, unknown>;
process.stdout.write(JSON.stringify(templateOf(berthStack(context))));
