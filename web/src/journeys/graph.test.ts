import { describe, expect, it } from "vitest";
import { armsOf, every, type Forms, type Journey, type Step } from "./document";
import { blank, duplicate, find, insert, keep, move, putBack, remove, renamed, replace, shift, type Gone } from "./edit";
import { layout, type Graph, type Node } from "./graph";

const arm = { key: "steps", ask: "steps", title: "Then" };
const forms: Forms = {
  journey: { title: "", about: "" },
  common: [],
  triggers: {},
  steps: {
    send: { title: "Send", about: "", fields: [{ key: "send", ask: "template", title: "" }] },
    wait: { title: "Wait", about: "", fields: [{ key: "wait", ask: "duration", title: "", example: "1 day" }] },
    branch: {
      title: "Branch",
      about: "",
      fields: [
        {
          key: "branch",
          ask: "fields",
          title: "Arms",
          many: true,
          required: true,
          fields: [
            { key: "when", ask: "rule", title: "", example: 'plan = "pro"' },
            arm,
            { key: "otherwise", ask: "steps", title: "" },
          ],
        },
      ],
    },
  },
};

const journey: Journey = {
  journey: "onboarding",
  trigger: { event: "Signed Up" },
  steps: [
    { id: "welcome", send: "welcome" },
    {
      id: "fork",
      branch: [
        {
          when: "a = 1",
          steps: [
            { id: "inner", branch: [{ when: "b = 1", steps: [{ id: "deep", wait: "1 day" }] }, { otherwise: [] }] },
            { id: "after", wait: "1 day" },
          ],
        },
        { when: "c = 1", steps: [] },
        { otherwise: [{ id: "else", send: "else" }] },
      ],
    },
    { id: "bye", send: "bye" },
  ],
};

const split = {
  title: "Split", about: "",
  fields: [{ key: "split", ask: "fields", title: "Shares", many: true, fields: [{ key: "share", ask: "number", title: "" }, { key: "holdout", ask: "number", title: "" }, arm] }],
};

const ids = (made: Journey) => every(made, forms).map(({ step }) => step.id);
const nodeOf = (graph: Graph, id: string) => graph.nodes.find((node) => node.id === id) as Node;

describe("arms", () => {
  it("stand also where a list stands instead of a rule", () => {
    const kinds = { wait_until: { title: "", about: "", fields: [{ key: "wait_until", ask: "rule", title: "" }] } };
    const step = { id: "w", wait_until: [{ when: "a = 1", steps: [{ id: "x" }] }, { at_most: "1 day", steps: [] }] };
    const arms = armsOf(step, ["steps", 0], { ...forms, steps: kinds });
    expect(arms.map((own) => own.question)).toEqual([{ when: "a = 1" }, { at_most: "1 day" }]);
    expect(arms[0]?.list).toEqual(["steps", 0, "wait_until", 0, "steps"]);
    expect(armsOf({ id: "w", wait_until: "a = 1" }, [], { ...forms, steps: kinds })).toEqual([]);
  });
});

describe("layout", () => {
  const graph = layout(journey, forms);

  it("draws each step once, an end, and for each arm its head", () => {
    expect(graph.nodes.filter((node) => node.sort === "step").map((node) => node.id)).toEqual(ids(journey));
    expect(graph.nodes.filter((node) => node.sort === "arm")).toHaveLength(5);
    expect(graph.nodes.filter((node) => node.sort === "join")).toHaveLength(2);
  });

  it("lets no two nodes overlap, also in a generated journey of 300 steps", () => {
    for (const drawn of [graph, layout(big(300), forms)]) {
      const rows = [...drawn.nodes].sort((a, b) => a.y - b.y);
      rows.forEach((one, index) => {
        for (const other of rows.slice(index + 1)) {
          if (other.y >= one.y + one.height) break;
          expect(one.x + one.width <= other.x || other.x + other.width <= one.x).toBe(true);
        }
      });
    }
  });

  it("keeps arms in their order and joins them on the line of the step", () => {
    const heads = [0, 1, 2].map((index) => nodeOf(graph, `fork/${index}`).x);
    expect(heads).toEqual([...heads].sort((a, b) => a - b));
    const fork = nodeOf(graph, "fork");
    const join = nodeOf(graph, "fork/join");
    expect(join.x + join.width / 2).toBe(fork.x + fork.width / 2);
    expect(nodeOf(graph, "bye").y).toBeGreaterThan(join.y);
  });

  it("connects everything: each node but the trigger is reached, each but the end goes on", () => {
    const reached = new Set(graph.edges.map((edge) => edge.target));
    const left = new Set(graph.edges.map((edge) => edge.source));
    for (const node of graph.nodes) {
      expect(reached.has(node.id)).toBe(node.id !== "trigger");
      expect(left.has(node.id)).toBe(node.id !== "end");
    }
  });

  it("offers on its edges every spot at which a step can stand, each once", () => {
    const offered = graph.edges.flatMap((edge) => (edge.spot ? [JSON.stringify(edge.spot)] : []));
    const possible = spots(journey.steps, ["steps"]).map((spot) => JSON.stringify(spot));
    expect([...offered].sort()).toEqual([...possible].sort());
  });
});

describe("putting a step back", () => {
  const gone = (id: string): [Journey, Gone] => [remove(journey, forms, id), keep(journey, forms, id)!];
  const waysOfFork = (made: Journey) => (find(made, forms, "fork")!.step.branch as { when?: string; steps?: Step[]; otherwise?: Step[] }[]);

  it("gives the document before, where nothing else was edited", () => {
    for (const id of ids(journey)) {
      const [without, was] = gone(id);
      expect(putBack(without, forms, was)).toEqual(journey);
    }
  });

  it("keeps what was edited since", () => {
    const [without, was] = gone("fork");
    const edited = insert(replace(without, forms, "bye", { id: "bye", send: "farewell" }), { list: ["steps"], index: 0 }, { id: "first", wait: "1 day" });
    const back = putBack(edited, forms, was)!;
    expect(back.steps.map((each) => each.id)).toEqual(["first", "welcome", "fork", "bye"]);
    expect(back.steps[3]).toEqual({ id: "bye", send: "farewell" });
    expect(back.steps[2]).toBe(journey.steps[1]);
  });

  it("finds its way again where the ways are others now", () => {
    const [without, was] = gone("else");
    const fewer = replace(without, forms, "fork", { id: "fork", branch: waysOfFork(without).slice(1) });
    expect(waysOfFork(putBack(fewer, forms, was)!).map((way) => (way.steps ?? way.otherwise)!.map((each) => each.id))).toEqual([[], ["else"]]);
    const [lacking, deep] = gone("after");
    const other = replace(lacking, forms, "fork", { id: "fork", branch: waysOfFork(lacking).map((way) => (way.when === "a = 1" ? { ...way, when: "z = 9" } : way)) });
    expect(waysOfFork(putBack(other, forms, deep)!)[0]!.steps!.map((each) => each.id)).toEqual(["inner", "after"]);
  });

  it("has no place where that is gone, and takes none twice", () => {
    const [without, was] = gone("else");
    expect(putBack(remove(without, forms, "fork"), forms, was)).toBeUndefined();
    expect(putBack(replace(without, forms, "fork", { id: "fork", branch: waysOfFork(without).slice(0, 2) }), forms, was)).toBeUndefined();
    expect(putBack(journey, forms, was)).toBe(journey);
    const [free, bye] = gone("bye");
    const taken = insert(free, { list: ["steps"], index: 0 }, { id: "bye", wait: "1 day" });
    expect(ids(putBack(taken, forms, bye)!).filter((id) => id.startsWith("bye"))).toEqual(["bye", "bye-2"]);
  });
});

describe("edits", () => {
  it("move up and down through every spot, into ways and out of them, and back", () => {
    const small: Journey = { journey: "j", trigger: {}, steps: [{ id: "x", wait: "1 day" }, { id: "fork", branch: [{ when: "a = 1", steps: [{ id: "in", wait: "1 day" }] }, { otherwise: [] }] }] };
    const lines = [small];
    for (;;) {
      const next = shift(lines.at(-1)!, forms, "x", 1);
      if (next === lines.at(-1)) break;
      lines.push(next);
    }
    const where = (each: Journey) => find(each, forms, "x")!.path.join("/");
    expect(lines.map(where)).toEqual(["steps/0", "steps/0/branch/0/steps/0", "steps/0/branch/0/steps/1", "steps/0/branch/1/otherwise/0", "steps/1"]);
    for (let n = lines.length - 1; n > 0; n -= 1) expect(shift(lines[n]!, forms, "x", -1)).toEqual(lines[n - 1]);
    expect(shift(small, forms, "x", -1)).toBe(small);
    expect(shift(small, forms, "fork", -1).steps.map(({ id }) => id)).toEqual(["fork", "x"]);
  });
  it("puts in, takes out and copies, and leaves the rest the same objects", () => {
    const step = blank(journey, forms, "wait");
    expect(step).toEqual({ id: "wait", wait: "1 day" });
    const more = insert(journey, { list: ["steps", 1, "branch", 1, "steps"], index: 0 }, step);
    expect(ids(more)).toEqual(["welcome", "fork", "inner", "deep", "after", "wait", "else", "bye"]);
    expect(more.steps[0]).toBe(journey.steps[0]);
    expect(remove(more, forms, "wait")).toEqual(journey);
    const twice = duplicate(journey, forms, "fork");
    expect(twice.id).toBe("fork-2");
    expect(new Set(ids(twice.journey)).size).toBe(ids(twice.journey).length);
    expect(ids(twice.journey)).toHaveLength(ids(journey).length + 5);
  });

  it("moves a step anywhere but into itself, and loses none", () => {
    for (const { step } of every(journey, forms)) {
      for (const spot of spots(journey.steps, ["steps"])) {
        const moved = move(journey, forms, step.id, spot);
        expect([...ids(moved)].sort()).toEqual([...ids(journey)].sort());
      }
    }
    const out = move(journey, forms, "deep", { list: ["steps"], index: 3 });
    expect(ids(out).at(-1)).toBe("deep");
    expect(move(journey, forms, "fork", { list: ["steps", 1, "branch", 1, "steps"], index: 0 })).toBe(journey);
    expect(ids(move(journey, forms, "bye", { list: ["steps"], index: 0 }))[0]).toBe("bye");
  });

  it("gives a new branch its arms", () => {
    const step = blank(journey, forms, "branch");
    expect(armsOf(step, [], forms).map((own) => own.otherwise)).toEqual([false, true]);
    expect(renamed(journey, forms, step).id).toBe("branch-2");
  });
});

function spots(steps: Step[], list: (string | number)[]): { list: (string | number)[]; index: number }[] {
  return [
    ...Array.from({ length: steps.length + 1 }, (_, index) => ({ list, index })),
    ...steps.flatMap((step, index) =>
      armsOf(step, [...list, index], forms).flatMap((own) => spots(own.steps, [...own.list])),
    ),
  ];
}

function big(count: number): Journey {
  let number = 0;
  const list = (depth: number): Step[] => {
    const steps: Step[] = [];
    for (let index = 0; index < 4 && number < count; index += 1) {
      number += 1;
      const id = `s${number}`;
      const forked = depth < 4 && index === 1;
      steps.push(forked ? { id, branch: [{ when: "a = 1", steps: list(depth + 1) }, { otherwise: list(depth + 1) }] } : { id, wait: "1 day" });
    }
    return steps;
  };
  const steps: Step[] = [];
  while (number < count) steps.push(...list(0));
  return { journey: "big", trigger: { event: "A" }, steps };
}

describe("ways without steps", () => {
  const made = (step: Step, kinds: Forms = forms) => layout({ journey: "j", trigger: {}, steps: [step] }, kinds);
  const leads = (graph: Graph, from: string) => graph.edges.filter((edge) => edge.source === from);

  it("draws who is held out, whom nothing follows", () => {
    const graph = made({ id: "s", split: [{ share: 90, steps: [] }, { holdout: 10 }] }, { ...forms, steps: { ...forms.steps, split } });
    expect(nodeOf(graph, "s/1").arm?.question).toEqual({ holdout: 10 });
    expect(leads(graph, "s/1")).toEqual([]);
    expect(leads(graph, "s/0")).toHaveLength(1);
  });

  it("draws the way of those who take no other, on which no step can stand", () => {
    const graph = made({ id: "b", branch: [{ when: "a = 1", steps: [] }] });
    expect(nodeOf(graph, "b/1").arm?.to).toBe("on");
    expect(leads(graph, "b/1")).toEqual([{ id: "b/1>b/join", source: "b/1", target: "b/join" }]);
  });
});
