/** What a run can learn, in words. */
import type { ObjectiveName } from '../../worker/protocol/objectives.ts';

export {
  BestSchema,
  OBJECTIVES,
  type ObjectiveName,
  type RunReport,
  RunReportSchema,
  ScoreSchema,
} from '../../worker/protocol/objectives.ts';

export const OBJECTIVE_LABELS: Readonly<Record<ObjectiveName, string>> = {
  clm: 'Next tokens',
  mlm: 'Masked tokens',
  'mlm+nsp': 'Masked tokens and next sentences',
  classify: 'Classify texts',
  tag: 'Tag words',
  qa: 'Answer questions',
};

/** Whether it is learned from files of labelled examples rather than from text. */
export function isLabelled(objective: ObjectiveName): boolean {
  return objective === 'classify' || objective === 'tag' || objective === 'qa';
}

/** Whether a model that has learned it writes text: it can complete code. */
export function writes(objective: ObjectiveName): boolean {
  return objective === 'clm';
}
