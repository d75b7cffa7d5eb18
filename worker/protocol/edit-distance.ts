/** For those that import nothing else of the worker. */
export { editDistance } from '../base/edit-distance.ts';
