import * as z from 'zod';

const HalfSupportSchema = z.enum(['native', 'emulated', 'none']);

const ProviderReportSchema = z.object({
  provider: z.string(),
  usable: z.boolean(),
  /** Why not. */
  reason: z.string().optional(),
  /** Why `auto` leaves it out although it is usable. */
  slow: z.string().optional(),
  /** Whether it computes in 16 bits, or rounds to them; of one that is usable. */
  halves: z.object({ float16: HalfSupportSchema, bfloat16: HalfSupportSchema }).optional(),
});

/** What a machine has to compute with. */
export const DeviceReportSchema = z.object({
  /** The provider that `auto` takes. */
  auto: z.string().optional(),
  /** In the order in which `auto` tries them. */
  providers: z.array(ProviderReportSchema),
  /** Threads inside one operator. */
  threads: z.int(),
  memory: z.object({ totalBytes: z.number(), availableBytes: z.number() }),
  platform: z.string(),
});

export type DeviceReport = z.output<typeof DeviceReportSchema>;
