/** The platforms that have native files in onnxruntime-node, by the names that VS Code has for them. */
export const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'] as const;
export type Target = (typeof TARGETS)[number];

/** The target of this machine. Throws if there is none. */
export function hostTarget(): Target {
  return parseTarget(`${process.platform}-${process.arch}`);
}

export function parseTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) {
    throw new Error(`no native files for '${name}': the targets are ${TARGETS.join(', ')}`);
  }
  return target;
}
