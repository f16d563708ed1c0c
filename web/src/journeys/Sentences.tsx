/** What the server says of a journey, in sentences, with its steps by their names. */
import { local } from "../ui/moment";
import { capital } from "../api/quoted";
import { spoken } from "./sentences";
import type { StepWords } from "./steps";
import styles from "./Edit.module.css";

type Steps = ReadonlyMap<string, StepWords>;

export function Sentence({ of, steps }: { of: string; steps: Steps }) {
  return spoken(of, steps).map(([part, names], n) => (names ? <b key={n}>{part}</b> : local(part)));
}

export function Sentences({ of, steps }: { of: readonly string[]; steps: Steps }) {
  return <ul className={styles.words}>{of.map((each, n) => <li key={n}><Sentence of={capital(each)} steps={steps} /></li>)}</ul>;
}
