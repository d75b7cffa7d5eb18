/** What runs can learn and what comes of it, for those who offer and show it. */
export type { EncoderHead } from '../models/bert-config.ts';
export { OBJECTIVES, type ObjectiveName } from '../training/objective-name.ts';
export { type Best, BestSchema, ScoreSchema } from '../training/best.ts';
export { type RunReport, RunReportSchema } from '../training/report.ts';
