import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '.orion/', 'coverage/', '**/*.js', '**/*.cjs', '**/*.mjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name=/^(test|it|describe)$/][property.name=/^(only|skip|todo)$/]',
          message: 'A test that is focused or skipped proves nothing.',
        },
      ],
      // A service module of Nest is a class with nothing but decorators.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Numbers and states read well in messages as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => socket.destroy()` says enough.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // An `async` function keeps the promise of an interface also where nothing is awaited: what it throws rejects.
      '@typescript-eslint/require-await': 'off',
      // An empty text means "missing" in environments and headers, which `??` would let through.
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      // Index signatures are read with brackets, as noPropertyAccessFromIndexSignature would have it.
      '@typescript-eslint/dot-notation': 'off',
      // Types of rows, of parsed JSON and of frameworks promise more than arrives; looking twice is right there.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Methods of our interfaces are closures: taking one out of its object is safe and usual.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // `async () => void (await call())` answers nothing, which is its type.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Nest waits for what its types call void.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { inheritedMethods: false } }],
      // Frameworks call plain option objects classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.fixture.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Wait for a condition (waitFor) or an event, never for time.' },
      ],
      // Jest's matchers such as expect.any() and expect.objectContaining() are typed as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
