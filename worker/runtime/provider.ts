/** Execution providers: which there are, and which one `auto` takes. */
import { listSupportedBackends } from 'onnxruntime-node';
import { ClozeError } from '../base/errors.ts';

export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;

export type ProviderName = (typeof PROVIDERS)[number];

export type ProviderChoice = ProviderName | 'auto';

/** Providers that onnxruntime-node was built with on this platform. */
export function bundledProviders(): ProviderName[] {
  const bundled = new Set(listSupportedBackends().map((backend) => backend.name));
  return PROVIDERS.filter((name) => bundled.has(name));
}

/** Checks a provider's name as a user wrote it. Throws `usage`. */
export function parseProvider(name: string): ProviderChoice {
  const known = ['auto', ...PROVIDERS] as const;
  const found = known.find((provider) => provider === name);
  if (found === undefined) {
    throw new ClozeError('usage', `unknown provider '${name}'; expected one of ${known.join(', ')}`);
  }
  return found;
}
