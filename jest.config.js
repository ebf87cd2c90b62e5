// One jest project per suite, so that each can be run, counted and guarded on its own.
// Native ESM, types stripped by swc; fakes are injected, never mocked in (ESM jest does not hoist jest.mock).
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
};
const project = (displayName) => ({
  displayName,
  roots: [`<rootDir>/test/${displayName}`],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  testEnvironment: 'node',
});

export default {
  projects: ['unit', 'contract', 'infra', 'simulation', 'e2e', 'soak'].map(project),
  // Generous, since suites run side by side on two cores; a test that hangs still ends.
  testTimeout: 120_000,
  coverageProvider: 'v8',
  testSequencer: '<rootDir>/test/sequencer.ts',
};
