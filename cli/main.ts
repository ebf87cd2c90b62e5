#!/usr/bin/env node
/**
 * The `berth` command: hands Compose files to the control plane and tells what became of them.
 *
 * In: the command line, the environment, files. Out: results on stdout (`--json`: one document), everything else on
 *   stderr, and one of the exit codes of exit-codes.ts. It holds no state: ended at any moment, nothing is lost.
 */
import { createProgram } from './program.ts';
import { processSession } from './process-session.ts';

// `berth events | head` closes the pipe early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// Set, not exit(): what is still in the pipes goes out first.
process.exitCode = await createProgram(processSession(process.env)).run(process.argv.slice(2));
