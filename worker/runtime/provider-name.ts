/** The names of execution providers, apart from what loads them: a record of a run is read without ONNX Runtime. */

export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;

export type ProviderName = (typeof PROVIDERS)[number];

export type ProviderChoice = ProviderName | 'auto';
