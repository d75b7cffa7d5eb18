/** What the name alone says about a file or folder. */

/** Version control, installed packages and tool caches: never the user's own source. */
const TOOL_FOLDERS = new Set(
  (
    '.git .hg .svn .jj node_modules bower_components jspm_packages .yarn .pnpm-store site-packages ' +
    '__pycache__ .venv venv .tox .nox .mypy_cache .pytest_cache .ruff_cache .gradle .terraform ' +
    '.next .nuxt .svelte-kit .turbo .parcel-cache .cache .vscode-test .nyc_output'
  ).split(' '),
);

/** Build output and copies of others' code in a project, but the source itself in an installed package. */
const OUTPUT_FOLDERS = new Set('dist out coverage vendor'.split(' '));

/** Whether a folder met on a walk is left out whole; `installed`: the walk began inside an installed package. */
export function isVendoredFolder(name: string, installed: boolean): boolean {
  return TOOL_FOLDERS.has(name) || (!installed && OUTPUT_FOLDERS.has(name));
}

/** Whether a path leads into a folder of installed packages. */
export function isInstalled(path: string): boolean {
  return path.split(/[\\/]/).includes('node_modules');
}

const LOCK_FILES = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'bun.lockb',
  'go.sum',
  'packages.lock.json',
]);

/** yarn.lock, Cargo.lock, poetry.lock and so on share an extension; the others are listed. */
export function isLockFile(name: string): boolean {
  return LOCK_FILES.has(name) || /\.lock$/i.test(name);
}

const SECRET_NAMES = [
  /^\.env(?:rc)?(?!\.(?:example|sample|template|dist)$)(?:\..*)?$/,
  /^(?!example|sample|template).+\.env$|^env\.local$/,
  /\.(?:pem|key|p12|pfx|pkcs12|jks|keystore|kdbx|ppk|asc)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_.*)?$/,
  /^\.?credentials(?:\.(?:json|ya?ml|toml|ini|csv|xml|db))?$/,
  /^secrets?\.(?:json|ya?ml|toml|ini)$/,
  /^(?:client_secret|service[-_]account).*\.json$/,
  /\.tf(?:vars|state(?:\.backup)?)$/,
  /^(?:\.git-credentials|[._]netrc|\.pgpass|\.htpasswd|\.npmrc|\.pypirc|\.dockercfg)$/,
];

/** Whether a file is named as files with keys, passwords or tokens are. */
export function isSecretName(name: string): boolean {
  const lower = name.toLowerCase();
  return SECRET_NAMES.some((pattern) => pattern.test(lower));
}

/** Whether the name says minified code or a source map. */
export function isMinifiedName(name: string): boolean {
  return /[.-]min\.(?:js|mjs|cjs|css|html)$|\.(?:js|mjs|cjs|css)\.map$/i.test(name);
}

/** Whether long lines are natural: a paragraph a line. */
export function isProse(name: string): boolean {
  return /(?:^[^.]+|\.(?:txt|text|md|markdown|mdx|rst|adoc|tex|org))$/i.test(name);
}
