// Types first, then the doors of the house: which folder may import which (docs/architecture.md, "Doors").
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** Forbids, for the files of one folder, every import that matches one of `patterns` (regular expressions). */
const door = (files, allowed, message, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: allowed, message }] }] },
});
const anythingBut = (...allowed) => `^(?!(?:${allowed.join('|')})).*`;
const own = '\\./';
const builtins = 'node:';

export default tseslint.config(
  { ignores: ['node_modules', 'cdk.out', '.berth', 'coverage', 'compose/schema'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
    },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: globals.node } },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // Ports are objects of closures: their methods may be handed on.
    files: ['test/simulation/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },

  door(['contract/**'], anythingBut(own, 'zod$'), 'contract stands on zod alone', ['contract/generate.ts']),
  door(
    ['compose/**'],
    anythingBut(own, '(\\.\\./)+contract/', 'yaml$', 'ajv'),
    'compose may import contract, yaml and its schema',
    ['compose/generate.ts'],
  ),
  door(['functions/core/**'], anythingBut('\\.{1,2}/', 'zod$'), 'core imports itself only'),
  {
    // Decisions are functions of (state, now, seed): no clock, no chance, no environment.
    files: ['functions/core/**'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'setTimeout', 'setInterval', 'fetch', 'crypto'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now' },
        { object: 'Math', property: 'random' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time is an argument' },
      ],
    },
  },
  door(
    ['functions/usecases/**'],
    anythingBut(own, '\\.\\./core/', '\\.\\./\\.\\./contract/', '\\.\\./platform/'),
    'use-cases know core, contract and ports',
  ),
  door(
    ['functions/adapters/**'],
    anythingBut(
      '\\.{1,2}/',
      '(\\.\\./)+core/model/',
      '(\\.\\./)+usecases/ports',
      '(\\.\\./)+platform/',
      '@aws-sdk/',
      '@smithy/',
      builtins,
    ),
    'adapters know core/model, usecases/ports, platform and the AWS SDK',
  ),
  door(
    ['functions/platform/**'],
    anythingBut(own, '@middy/', '@aws-lambda-powertools/', 'zod$', builtins, 'aws-lambda$'),
    'platform knows middy, powertools and zod, never Berth itself',
  ),
  door(
    ['agent/**'],
    anythingBut('\\.{1,2}/', '(\\.\\./)+contract/', builtins),
    'the agent has no third-party packages',
  ),
  {
    files: ['agent/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '(\\.\\./)+contract/', allowTypeImports: true, message: 'only types of contract' },
          ],
        },
      ],
    },
  },
  door(
    ['infra/**'],
    anythingBut('\\.{1,2}/', 'aws-cdk-lib', 'constructs$', 'cdk-nag$', builtins),
    'infra is CDK only',
  ),
  door(
    ['cli/**'],
    `(\\.\\./)+(functions|agent|infra|local)/|${anythingBut(
      '\\.{1,2}/',
      'commander$',
      '@aws-sdk/',
      '@smithy/',
      '@aws-crypto/',
      builtins,
    )}`,
    'cli knows contract, compose and its libraries',
    ['cli/simulate/**'],
  ),
  // What would have been decided is answered by the decisions themselves (ADR 9).
  door(
    ['cli/simulate/**'],
    `(\\.\\./)+(functions/(?!core/simulation/)|agent/|infra/|local/)|${anythingBut('\\.{1,2}/', builtins)}`,
    'of the functions, cli/simulate knows core/simulation alone',
  ),
  door(
    ['local/**'],
    '(\\.\\./)+(functions|agent|infra|compose)/',
    'local never imports the product: it runs its bundles',
  ),
  prettier,
);
