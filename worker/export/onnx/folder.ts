import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { configFile, jsonFile, writeFiles } from '../../checkpoints/content.ts';
import { isEncoder } from '../../models/config.ts';
import type { ExportedModel } from '../exported-model.ts';
import { openDecoder } from './decoder.ts';
import { openEncoder } from './encoder.ts';
import { type OnnxFileOptions, writeOnnxFile } from './file.ts';
import { openModelBytes } from './open-model.ts';

/** The folder, and its files, where Optimum and transformers.js look for the model. */
export const ONNX_FOLDER = 'onnx';
export const ONNX_FILES: readonly string[] = ['model.onnx', 'model.onnx_data'];

/**
 * Fills a folder as Hugging Face Optimum does for a task of the model, a decoder's with past: `onnx/model.onnx`, with its
 * weights, beside configuration and tokenizer. Throws `disk`, `cancelled`.
 */
export async function writeOnnxFolder(
  folder: string,
  { config, json, generationConfig, parameters, tokenizerFiles }: ExportedModel,
  options: OnnxFileOptions = {},
): Promise<void> {
  const model = isEncoder(config) ? openEncoder(config) : openDecoder(config);
  mkdirSync(join(folder, ONNX_FOLDER));
  const path = join(folder, ONNX_FOLDER, ONNX_FILES[0]!);
  const { beside } = await writeOnnxFile(path, openModelBytes(model), parameters.chunks, options);
  // transformers.js does not look for a file beside the model unless it is told to
  const told = beside ? { ...json, 'transformers.js_config': { use_external_data_format: true } } : json;
  writeFiles(folder, {
    'config.json': configFile(told),
    ...(generationConfig && { 'generation_config.json': jsonFile(generationConfig) }),
    ...tokenizerFiles,
  });
}
