/**
 * Bundles the agent into one ESM file for Node 24 that needs nothing but Node.
 *
 * In: the entry beside this file, the version to put in. Out: the path of `agent.mjs`; equal input gives equal bytes.
 * Fails: rejects when esbuild does, or when the bundle would import anything but Node's own modules.
 * Run at build time only (infra's host asset); as a program: `node agent/build.ts FOLDER [VERSION]`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
// The bundler is no part of the bundle.
// eslint-disable-next-line no-restricted-imports
import { build } from 'esbuild';

/**
 * Flags of Node for the agent on a host. Without a compiler for hot code and with a small young generation it takes half
 * the memory, and has next to nothing to compute. `--expose-gc`: it gives back what a burst took (loops/tidy.ts).
 */
export const NODE_FLAGS = '--jitless --max-semi-space-size=1 --expose-gc --single-threaded --v8-pool-size=1';

/** Writes `<folder>/agent.mjs` and resolves with its path. */
export async function buildAgent(folder: string, version = ownVersion()): Promise<string> {
  const outfile = join(folder, 'agent.mjs');
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile,
    absWorkingDir: import.meta.dirname,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    define: { BERTH_AGENT_VERSION: JSON.stringify(version) },
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  });
  const imports = Object.values(result.metafile.outputs).flatMap((output) => output.imports);
  const foreign = imports
    .map((each) => each.path)
    .filter((path) => !path.startsWith('node:') || !isBuiltin(path));
  const inputs = Object.keys(result.metafile.inputs).filter((path) => path.includes('node_modules'));
  if (foreign.length + inputs.length > 0)
    throw new Error(`the agent must stand on Node alone, but takes in ${[...foreign, ...inputs].join(', ')}`);
  const bundle = withoutFaces(await readFile(outfile, 'utf8'));
  const left = /^import\b.*/m.exec(bundle);
  if (left !== null) throw new Error(`the bundle still has an import of Node's faces: ${left[0]}`);
  await writeFile(outfile, bundle);
  return outfile;
}

/**
 * Node's modules without their ES module face: an `import` reads every export, and some of them load large parts of Node
 * that nobody here uses (`http.WebSocket` an HTTP client of its own, `crypto.subtle` all of WebCrypto): 5 MB in all.
 * The bundler writes imports in this one form; what it writes otherwise stays, and is found by the caller.
 */
function withoutFaces(bundle: string): string {
  return bundle.replace(
    /^import \{\s([^}]+)\s\} from "(node:[^"]+)";$/gm,
    (_, names: string, from: string) =>
      `const { ${names.replaceAll(' as ', ': ')} } = process.getBuiltinModule("${from}");`,
  );
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}

if (import.meta.main) {
  const [folder = '.', version] = process.argv.slice(2);
  const path = await buildAgent(folder, version);
  process.stdout.write(`${path} ${(await readFile(path)).length} bytes\n`);
}
