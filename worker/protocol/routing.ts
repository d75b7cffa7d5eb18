/** For those that import nothing else of the worker. */
export { type Routing, RoutingSchema } from '../models/routing-schema.ts';
