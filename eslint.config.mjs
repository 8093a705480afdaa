// The rules for the browser's code, on top of what tsc says of its types.

import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", ".venv*/", "tests/js/fixtures/", "**/*.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.js"],
    extends: tseslint.configs.recommendedTypeChecked,
    languageOptions: { parserOptions: { projectService: true } },
  },
  { files: ["assets/live/*.js"], languageOptions: { globals: globals.browser } },
  {
    files: ["tests/js/*.js"],
    languageOptions: { globals: globals.nodeBuiltin },
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error", { allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: "test" }] },
      ],
    },
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-len": ["error", { code: 120 }],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-globals": "error",
      "object-shorthand": "error",
    },
  },
);
