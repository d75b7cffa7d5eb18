import * as z from 'zod';
import type { Routing } from '../models/routing.ts';

const numbers = z.array(z.number());

/** How the routers of a mixture of experts spread tokens, as it is written; see `Routing`. */
export const RoutingSchema: z.ZodType<Routing> = z.object({
  balance: z.number(),
  layers: z.array(z.object({ load: numbers, probability: numbers, entropy: z.number() })),
});
