import { type ComputePrecision, precisionText } from '../../worker/protocol/precision.ts';

/** What is said of a run's precision: nothing of float32, which all runs had in earlier versions. */
export function precisionNote(precision: ComputePrecision | undefined): { precision?: string } {
  return precision === undefined || precision.type === 'float32'
    ? {}
    : { precision: precisionText(precision) };
}
