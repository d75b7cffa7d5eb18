import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The house, top to bottom (docs/architecture.md). A folder imports from folders below its own row only. Folders that
 * share a row do not import each other.
 */
const workerRows = [
  ['cli'],
  ['services'],
  ['protocol'],
  ['training', 'generation', 'encoding', 'inspect', 'export'],
  ['models'],
  ['data', 'metrics', 'hub'],
  ['nn', 'optim'],
  ['tokenizers', 'checkpoints'],
  ['runtime'],
  ['graph'],
  ['base'],
];
const extensionRows = [
  ['commands', 'views'],
  ['completion', 'training', 'tokenizer', 'attention', 'encoder'],
  ['worker'],
  ['platform'],
];

const webviewRows = [['training', 'tokenizer', 'attention', 'masking'], ['common'], ['protocol']];

const vscode = { name: 'vscode', message: 'Only extension/ imports vscode.' };
const onnxruntime = {
  name: 'onnxruntime-node',
  message: 'Only worker/runtime/ imports onnxruntime-node.',
};

/** Forbids imports in the files of a part; its unit tests may import what they test against. */
function boundary(files, { paths, patterns }) {
  return {
    files,
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { paths, patterns }] },
  };
}

/** Imports from a top-level folder, however far up the path goes. */
const from = (folders, message) => ({ regex: `^(\\.\\./)+(${folders})/`, message });

const outsideWorker = from('extension|webview|test|bench|scripts', 'worker/ imports nothing from outside.');
const outsideExtension = [
  from('worker/(?!protocol/)[^/]+', 'extension/ imports only worker/protocol/ from the worker.'),
  from('webview/(?!protocol/)[^/]+', 'extension/ imports only webview/protocol/ from the pages.'),
  from('test|bench|scripts', 'extension/ imports no test, bench or script.'),
];

const outsideWebview = {
  paths: [vscode, onnxruntime],
  patterns: [
    { regex: '^node:', message: 'webview/ runs in a page: it has no Node modules.' },
    from('worker/(?!protocol/)[^/]+', 'webview/ imports only worker/protocol/ from the worker.'),
    from('extension|test|bench|scripts', 'webview/ imports only worker/protocol/ from outside.'),
  ],
};

/** One boundary for each folder of a part: what lies outside the part, and what lies in its own row or above. */
function folders(part, rows, outside) {
  return rows.flatMap((row, depth) =>
    row.map((folder) => {
      const forbidden = rows
        .slice(0, depth + 1)
        .flat()
        .filter((other) => other !== folder);
      return boundary([`${part}/${folder}/**/*.ts`], {
        ...outside(folder),
        patterns: [
          ...outside(folder).patterns,
          ...forbidden.map((other) => ({
            // extension/worker/ is not worker/, whose protocol/ everybody may import
            regex: `^(\\.\\./)+(${part}/)?${other}/(?!protocol/)`,
            message: `${part}/${folder}/ must not import from ${part}/${other}/: imports point down the rows in eslint.config.js.`,
          })),
        ],
      });
    }),
  );
}

const boundaries = [
  boundary(['worker/*.ts'], { paths: [vscode, onnxruntime], patterns: [outsideWorker] }),
  ...folders('worker', workerRows, (folder) => ({
    paths: folder === 'runtime' ? [vscode] : [vscode, onnxruntime],
    patterns: [outsideWorker],
  })),
  boundary(['extension/*.ts'], { paths: [onnxruntime], patterns: outsideExtension }),
  ...folders('extension', extensionRows, () => ({ paths: [onnxruntime], patterns: outsideExtension })),
  boundary(['webview/*.ts'], outsideWebview),
  ...folders('webview', webviewRows, () => outsideWebview),
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/common/controls.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@vscode/webview-ui-toolkit',
              message: 'Controls come from webview/common/controls.ts.',
            },
          ],
        },
      ],
    },
  },
];

export default defineConfig(
  {
    ignores: [
      'worker/**/kernels/**',
      'dist/**',
      'node_modules/**',
      'test/fixtures/**',
      '.cache/**',
      'runs/**',
    ],
  },
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
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportDeclaration[source.value='zod'] ImportSpecifier",
          message: "Write `import * as z from 'zod'`: a bundle then holds only what is used of it.",
        },
      ],
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
    languageOptions: {
      globals: { Buffer: 'readonly', console: 'readonly', process: 'readonly', URL: 'readonly' },
    },
  },
  boundaries,
);
