/** A journey as an ordered list: all that the canvas shows, for reading, for screen readers and for narrow windows. */
import { waysOf, type Path, type Step } from "./document";
import styles from "./Canvas.module.css";
import { handle } from "./keys";
import { saysCounts, type Hands, type Shown } from "./shown";
import { saysArm, saysStep, saysTrigger } from "./words";

export function Outline(shown: Shown & { hands?: Hands }) {
  const trigger = saysTrigger(shown.journey, shown.forms);
  return (
    <div onKeyDown={(event) => shown.hands && handle(event, shown.hands)}>
      <button type="button" className={styles.row} data-step="trigger" aria-pressed={shown.chosen === "trigger"} onClick={() => shown.choose("trigger")}>
        <b>{trigger.title}</b> {trigger.line} <span className={styles.quiet}>{shown.entered.toLocaleString("en")} entered</span>
      </button>
      <Steps {...shown} steps={shown.journey.steps} list={["steps"]} />
    </div>
  );
}

function Steps({ steps, list, ...shown }: Shown & { steps: Step[]; list: Path }) {
  if (!steps.length) return <p className={styles.quiet}>Goes on at once.</p>;
  return (
    <ol className={styles.outline}>
      {steps.map((step, index) => {
        const said = saysStep(step, shown.forms);
        return (
          <li key={step.id}>
            <button type="button" className={styles.row} data-step={step.id} aria-pressed={shown.chosen === step.id} onClick={() => shown.choose(step.id)}>
              <b>{said.title}</b> {said.line} <span className={styles.quiet}>{saysCounts(shown.counts.get(step.id))}</span>
              {shown.flaws?.has(step.id) && <span className={styles.flaw}> {shown.flaws.get(step.id)}</span>}
              {step.note && <span className={styles.quiet}> Note: {step.note}</span>}
            </button>
            {waysOf(step, [...list, index], shown.forms).map((arm, n) => (
              <div key={n} className={styles.arm}>
                <span className={styles.quiet}>{saysArm(arm)}</span>
                {arm.list && <Steps {...shown} steps={arm.steps} list={arm.list} />}
              </div>
            ))}
          </li>
        );
      })}
    </ol>
  );
}
