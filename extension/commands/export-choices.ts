import * as vscode from 'vscode';
import type { ExportFormats, ExportRequest } from '../../worker/protocol/export.ts';

/** What a model can be exported as, as a line of a quick pick. */
export interface ExportChoice extends vscode.QuickPickItem {
  readonly format: NonNullable<ExportRequest['format']>;
  readonly dtype?: ExportRequest['dtype'];
}

const LLAMA_CPP = vscode.l10n.t('one file for llama.cpp and what is built on it');

const CHOICES: readonly ExportChoice[] = [
  {
    format: 'huggingface',
    label: vscode.l10n.t('Hugging Face Folder'),
    description: vscode.l10n.t('for transformers, and for Cloze'),
  },
  {
    format: 'onnx',
    label: vscode.l10n.t('ONNX'),
    description: vscode.l10n.t('a folder for ONNX Runtime, transformers.js and Optimum'),
  },
  { format: 'gguf', dtype: 'f32', label: vscode.l10n.t('GGUF, 32-Bit Floats'), description: LLAMA_CPP },
  { format: 'gguf', dtype: 'f16', label: vscode.l10n.t('GGUF, 16-Bit Floats'), description: LLAMA_CPP },
  { format: 'gguf', dtype: 'q8_0', label: vscode.l10n.t('GGUF, 8 Bits (q8_0)'), description: LLAMA_CPP },
  { format: 'gguf', dtype: 'q4_0', label: vscode.l10n.t('GGUF, 4 Bits (q4_0)'), description: LLAMA_CPP },
];

/** Those that a model can be written as. */
export function exportChoices(formats: ExportFormats): ExportChoice[] {
  const possible = formats.filter(({ problem }) => problem === undefined).map(({ format }) => format);
  return CHOICES.filter(({ format }) => possible.includes(format));
}

/** The name of the folder or file: a GGUF file's ends with .gguf. */
export function exportName(name: string, { format }: ExportChoice): string {
  return format === 'gguf' && !name.endsWith('.gguf') ? `${name}.gguf` : name;
}
