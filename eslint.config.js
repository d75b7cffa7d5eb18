import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The house, top to bottom (docs/architecture.md). A folder imports from folders below its own row only.
 * Folders that share a row do not import each other.
 */
const rows = [
  ['cli'],
  ['services'],
  ['protocol'],
  ['training', 'generation', 'inspect'],
  ['models'],
  ['data'],
  ['nn', 'optim'],
  ['tokenizers', 'checkpoints'],
  ['runtime'],
  ['graph'],
  ['base'],
];

const boundaries = rows.flatMap((row, depth) =>
  row.map((folder) => {
    const forbidden = rows
      .slice(0, depth + 1)
      .flat()
      .filter((other) => other !== folder);
    return {
      files: [`worker/${folder}/**/*.ts`],
      ignores: ['**/*.test.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            paths: [
              { name: 'vscode', message: 'Only extension/ imports vscode.' },
              ...(folder === 'runtime'
                ? []
                : [{ name: 'onnxruntime-node', message: 'Only worker/runtime/ imports onnxruntime-node.' }]),
            ],
            patterns: forbidden.map((other) => ({
              regex: `^(\\.\\./)+${other}/`,
              message: `worker/${folder}/ must not import from worker/${other}/: imports point down the rows in eslint.config.js.`,
            })),
          },
        ],
      },
    };
  }),
);

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'test/fixtures/**', '.cache/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess makes `array[i]!` the loop idiom
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      // node:test's describe and it return promises that its runner awaits itself
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['describe', 'it', 'test', 'before', 'after', 'suite'],
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  ...boundaries,
);
