/** What a model can be written as. */
export const EXPORT_FORMATS = ['huggingface', 'onnx', 'gguf'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What the matrices of a GGUF file are stored as. */
export const GGUF_TYPES = ['f32', 'f16', 'q8_0', 'q4_0'] as const;

export type GgufType = (typeof GGUF_TYPES)[number];
