import type { TRAINING_METHODS } from '../../webview/protocol/training.ts';
import type { Handlers } from '../../worker/protocol/rpc.ts';
import type { TrainingSession } from './session.ts';

/** What the training page may ask for, answered by the session. */
export function trainingHandlers(session: TrainingSession): Handlers<typeof TRAINING_METHODS> {
  const done = null;
  return {
    async watch(_, { tell, signal }) {
      await session.watch(tell, signal);
      return done;
    },
    setForm(form) {
      session.setForm(form);
      return done;
    },
    setObjective({ objective }) {
      session.setObjective(objective);
      return done;
    },
    async chooseData() {
      await session.chooseData();
      return done;
    },
    plan() {
      session.plan();
      return done;
    },
    async cancelPlan() {
      await session.cancelPlan();
      return done;
    },
    start() {
      session.start();
      return done;
    },
    async control({ action }) {
      await session.control(action);
      return done;
    },
    async resume({ path }) {
      await session.resume(path);
      return done;
    },
    async show({ path }) {
      await session.show(path);
      return done;
    },
    series: ({ path }) => session.series(path),
    async useForCompletion({ path }) {
      await session.useForCompletion(path);
      return done;
    },
    async openFolder({ path }) {
      await session.openFolder(path);
      return done;
    },
    async remove({ path }) {
      await session.remove(path);
      return done;
    },
  };
}
