/** What an evaluation tells of how the routers of a mixture of experts spread tokens. */
import * as z from 'zod';

const numbers = z.array(z.number()).readonly();

const LayerRoutingSchema = z.object({
  /** Share of the tokens' places that each expert gets; they sum to one. */
  load: numbers,
  /** Mean probability of each expert. */
  probability: numbers,
  /** Of the router's choice, mean over the tokens, in bits: 0 is decided, log2 E undecided. */
  entropy: z.number(),
});

export const RoutingSchema = z.object({
  /** The balance loss (routing.ts) over all tokens. */
  balance: z.number(),
  layers: z.array(LayerRoutingSchema).min(1).readonly(),
});
export type Routing = Readonly<z.output<typeof RoutingSchema>>;
