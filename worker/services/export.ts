/** Models out of runs, for other programs. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ClozeError } from '../base/errors.ts';
import { baseChain } from '../checkpoints/peft.ts';
import { replaceFolderAsync } from '../checkpoints/replace.ts';
import { type ModelFolder, readModelFolder } from '../checkpoints/folder.ts';
import { writeGguf, ggufContent } from '../export/gguf/file.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../export/formats.ts';
import { writeOnnxFolder } from '../export/onnx/folder.ts';
import { hasArchitecture } from '../models/huggingface.ts';
import { countParameters } from '../models/layout.ts';
import { isEncoder } from '../models/config.ts';
import { specialIdsOf, tokenizerFolder } from '../models/load.ts';
import { openUnchanged } from '../models/open-unchanged.ts';
import type { ExportFormats, ExportFormatsRequest, ExportRequest, ExportResult } from '../protocol/export.ts';
import { checkModel } from './check-model.ts';
import { type ExportSource, writeHuggingFace } from './export-huggingface.ts';
import { isExportedFile, requireFreeFile } from './export-target.ts';
import { requireFree } from './free-folder.ts';
import { learnedOrder } from './learned-order.ts';
import { modelName } from './model-name.ts';
import { tokenizerFiles } from './training-tokenizer.ts';

/**
 * Writes a model for other programs, whole or not at all: as a Hugging Face folder without what only a run needs, as ONNX
 * with a key/value cache, or as a GGUF file; of an adapter the model that it makes of its base. What is written is checked
 * first. Throws `usage` if something is there already (with `force`: something other than a model), `checkpoint`,
 * `tokenizer`, `model` where the format has no such model, `disk`, `cancelled`.
 */
export async function exportModel(request: ExportRequest, signal?: AbortSignal): Promise<ExportResult> {
  const { model, format = 'huggingface', dtype, force = false } = request;
  if (dtype !== undefined && format !== 'gguf') {
    throw new ClozeError('usage', `a dtype is for GGUF files, not for ${format}`, {
      details: { format, dtype },
    });
  }
  return withSource(model, async (source) => {
    const path = resolve(request.out);
    switch (format) {
      case 'huggingface':
        requireFree(path, source.folders, force);
        writeHuggingFace(path, source);
        break;
      case 'onnx': {
        requireFree(path, source.folders, force);
        const fill = (folder: string): Promise<void> => writeOnnxFolder(folder, source, { signal });
        await replaceFolderAsync(path, fill, (entry) => isExportedFile(path, entry));
        break;
      }
      case 'gguf':
        requireFreeFile(path, source.folders, force);
        mkdirSync(dirname(path), { recursive: true });
        await writeGguf(path, ggufModel(source), dtype ?? 'f32', signal);
    }
    const note = noteOn(source, format);
    const parameters = countParameters(source.config);
    return { path, from: source.folders[0], ...written(path), parameters, ...(note && { note }) };
  });
}

/** Which formats a model can be written as, and why not as others. Throws as {@link exportModel}. */
export function exportFormats({ model }: ExportFormatsRequest): Promise<ExportFormats> {
  return withSource(model, (source) =>
    Promise.resolve(
      EXPORT_FORMATS.map((format) => {
        const problem = format === 'gguf' ? ggufProblem(source) : undefined;
        return problem === undefined ? { format } : { format, problem };
      }),
    ),
  );
}

function ggufProblem(source: ExportSource): string | undefined {
  try {
    ggufContent(ggufModel(source), 'f32');
    return undefined;
  } catch (error) {
    if (error instanceof ClozeError) return error.message;
    throw error;
  }
}

function ggufModel(source: ExportSource): Parameters<typeof writeGguf>[1] {
  const { fim, folder } = source;
  return {
    ...source,
    name: modelName(folder.path),
    specialIds: specialIdsOf(folder),
    fillsIn: fim !== undefined,
  };
}

/** A model whose configuration, weights and tokenizer are sound and belong together, open while `use` runs. */
async function withSource<T>(model: string, use: (source: ExportSource) => Promise<T>): Promise<T> {
  const source = await openUnchanged(model, openSource, close);
  try {
    return await use(source);
  } finally {
    close(source);
  }
}

function close({ folder }: Pick<ExportSource, 'folder'>): void {
  folder.tensors.close();
}

async function openSource(path: string): Promise<ExportSource> {
  const folder = readModelFolder(path);
  try {
    return { ...(await checkedSource(folder)), folders: [path, ...baseChain(path).slice(1)] };
  } catch (error) {
    close({ folder });
    throw error;
  }
}

async function checkedSource(folder: ModelFolder): Promise<Omit<ExportSource, 'folders'>> {
  const { path, config: json } = folder;
  const { config, parameters, tokenizer } = await checkModel(folder);
  const fim = isEncoder(config) ? undefined : await learnedOrder(path, tokenizer);
  const generationConfig = isEncoder(config)
    ? folder.generationConfig
    : { ...folder.generationConfig, cloze: { fim: fim ?? 'none' } };
  const files = tokenizerFiles(tokenizerFolder(path));
  return { folder, config, json, generationConfig, parameters, tokenizer, fim, tokenizerFiles: files };
}

/** The files of a folder, or the one that was written, and their bytes. */
function written(path: string): Pick<ExportResult, 'files' | 'bytes'> {
  if (statSync(path).isFile()) return { files: [basename(path)], bytes: statSync(path).size };
  const paths = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((name) => statSync(join(path, name)).isFile());
  return { files, bytes: files.reduce((sum, name) => sum + statSync(join(path, name)).size, 0) };
}

function noteOn({ config, tokenizer }: ExportSource, format: ExportFormat): string | undefined {
  if (format === 'gguf') {
    return tokenizer.kind === 'char'
      ? 'llama.cpp leaves out characters that the vocabulary lacks'
      : undefined;
  }
  if (hasArchitecture(config)) return undefined;
  const reader =
    format === 'onnx' ? 'only ONNX Runtime itself runs this model' : 'only Cloze reads this model';
  return `${reader}: Hugging Face has no such architecture (an encoder with Pre-LN, for example)`;
}
