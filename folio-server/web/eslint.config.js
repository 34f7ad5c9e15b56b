import js from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const readonly = (...names) => Object.fromEntries(names.map(name => [name, 'readonly']));

export default tseslint.config(
  { ignores: ['dist', 'src/api/schema.d.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      ...tseslint.configs.strictTypeChecked,
      jsxA11y.flatConfigs.strict,
      reactHooks.configs.flat.recommended,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A handler of a form or a click may be asynchronous; what it throws is handled where it is awaited.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // The curve's slider and the skip target take the focus on purpose.
      'jsx-a11y/no-noninteractive-tabindex': 'off',
      'max-lines': ['error', { max: 300 }],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.name='parseFloat'], CallExpression[callee.object.name='Number'][callee.property.name='parseFloat']",
          message: 'Decimals stay texts; for a plot there is toPlot() in format/decimal.',
        },
      ],
    },
  },
  { files: ['**/*.test.{ts,tsx}'], rules: { 'max-lines': 'off' } },
  {
    files: ['scripts/**/*.mjs', 'browser/**/*.mjs', 'measure/**/*.mjs'],
    languageOptions: {
      globals: readonly('URL', 'process', 'console', 'fetch', 'setTimeout', 'clearTimeout', 'Buffer'),
    },
  },
  {
    // Parts of these run in the page.
    files: ['browser/**/*.mjs', 'measure/**/*.mjs'],
    languageOptions: {
      globals: readonly(
        'window',
        'document',
        'innerWidth',
        'performance',
        'PerformanceObserver',
        'requestAnimationFrame',
        'scrollTo',
        'scrollY',
      ),
    },
  },
);
