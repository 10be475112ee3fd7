import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
[% if "vue" in packages %]
import vue from 'eslint-plugin-vue';
[% endif %]
[% if template in ("react", "react-ts", "ble-custom", "ble-llsync") %]
import hooks from 'eslint-plugin-react-hooks';
[% endif %]
import globals from 'globals';
[% if typed %]
import ts from 'typescript-eslint';
[% endif %]

export default [
  { ignores: ['dist', '.devkit', 'coverage', 'test-results', 'test-shards', 'src/*.d.ts'] },
  js.configs.recommended,
[% if typed %]
  ...ts.configs.recommended,
[% endif %]
[% if "vue" in packages %]
  ...vue.configs['flat/recommended'],
[% if typed %]
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
[% endif %]
[% endif %]
  {
    files: ['src/**'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { ecmaFeatures: { jsx: true } },
    },
[% if template in ("react", "react-ts", "ble-custom", "ble-llsync") %]
    plugins: { 'react-hooks': hooks },
[% endif %]
    rules: {
[% if "vue" in packages %]
      'vue/multi-word-component-names': 'off',
      'vue/one-component-per-file': 'off',
[% if not typed %]
      'vue/require-prop-types': 'off',
[% endif %]
[% endif %]
[% if template in ("react", "react-ts", "ble-custom", "ble-llsync") %]
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'warn',
[% endif %]
      // JSX uses names that this rule does not see.
      '[% if typed %]@typescript-eslint/[% endif %]no-unused-vars': ['error', { varsIgnorePattern: '^([A-Z]|h$)', caughtErrors: 'none' }],
[% if typed %]
      '@typescript-eslint/no-explicit-any': 'off',
[% endif %]
    },
  },
  prettier,
];
