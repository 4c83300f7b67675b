// Without imports, so that eslint can live in another folder than this file.
const names = (text) =>
  Object.fromEntries(text.split(/\s+/).map((name) => [name, "readonly"]));

export default [
  {
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "module",
      globals: names(
        "odoo owl luxon window document navigator location console fetch URL Event " +
          "CustomEvent FormData URLSearchParams setTimeout clearTimeout setInterval " +
          "clearInterval requestAnimationFrame cancelAnimationFrame localStorage " +
          "sessionStorage Chart"
      ),
    },
    rules: {
      "array-callback-return": "error",
      complexity: ["error", 15],
      "constructor-super": "error",
      eqeqeq: "error",
      "no-alert": "error",
      "no-cond-assign": "error",
      "no-const-assign": "error",
      "no-debugger": "error",
      "no-dupe-args": "error",
      "no-dupe-class-members": "error",
      "no-dupe-keys": "error",
      "no-duplicate-case": "error",
      "no-duplicate-imports": "error",
      "no-empty": "error",
      "no-empty-pattern": "error",
      "no-eval": "error",
      "no-extend-native": "error",
      "no-fallthrough": "error",
      "no-func-assign": "error",
      "no-global-assign": "error",
      "no-implied-eval": "error",
      "no-lonely-if": "error",
      "no-new-wrappers": "error",
      "no-redeclare": "error",
      "no-return-assign": "error",
      "no-self-assign": "error",
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-this-before-super": "error",
      "no-throw-literal": "error",
      "no-undef": "error",
      "no-unneeded-ternary": "error",
      "no-unreachable": "error",
      "no-unsafe-finally": "error",
      "no-unused-expressions": "error",
      "no-unused-vars": "error",
      "no-use-before-define": "error",
      "no-useless-rename": "error",
      "no-var": "error",
      "operator-assignment": ["error", "always"],
      "prefer-const": "error",
      radix: "error",
      "spaced-comment": ["error", "always"],
      "use-isnan": "error",
      "valid-typeof": "error",
      yoda: "error",
    },
  },
];
