// Draws journeys, writes them back, and makes the edits that are asked for, all by the canvas's own code (built into the module that the
// first argument names). Standard input: {forms, journeys, edits}, an edit being [number of the journey, what, ...numbers to choose by].
// Printed as JSON: drawn: of each journey the ids of the steps as they are drawn, and what is written where nothing was touched; same: whether
// the edits left what they began with as it was; edited: what comes of each, with the ids of the steps that it touched.
const { added, asked, blank, duplicate, every, find, insert, kindOf, layout, move, remove, replace, shift, shifted, withField, without } = await import(process.argv[2]);

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { forms, journeys, edits } = JSON.parse(text);

const among = (list, number) => list[number % list.length];
const kept = journeys.map((journey) => JSON.stringify(journey));
const drawn = journeys.map((journey) => layout(journey, forms).nodes.filter(({ sort }) => sort === "step").map(({ id }) => id));

const make = {
  add(journey, [where, own]) {
    const step = { ...blank(journey, forms, kindOf(own, forms)), ...own };
    return [insert(journey, spot(journey, where), step), every({ steps: [step] }, forms).map(({ step: { id } }) => id)];
  },
  delete: (journey, [n]) => [remove(journey, forms, nth(journey, n)), inside(journey, nth(journey, n))],
  move: (journey, [n, where]) => [move(journey, forms, nth(journey, n), spot(journey, where)), inside(journey, nth(journey, n))],
  up: (journey, [n]) => [shift(journey, forms, nth(journey, n), -1), inside(journey, nth(journey, n))],
  down: (journey, [n]) => [shift(journey, forms, nth(journey, n), 1), inside(journey, nth(journey, n))],
  copy(journey, [n]) {
    const made = duplicate(journey, forms, nth(journey, n));
    return [made.journey, inside(made.journey, made.id)];
  },
  field(journey, [n, key, value]) {
    const { step } = find(journey, forms, nth(journey, n));
    return [replace(journey, forms, step.id, withField(step, key, value ?? undefined)), [step.id]];
  },
  journey: (journey, [, key, value]) => [withField(journey, key, value ?? undefined), []],
  ways(journey, [n, how, m]) {
    const forks = every(journey, forms).filter(({ step }) => Array.isArray(step[kindOf(step, forms)]));
    if (!forks.length) return [journey, []];
    const { step } = among(forks, n);
    const kind = kindOf(step, forms), items = step[kind], at = m % items.length;
    const gone = new Set();
    const ways = {
      add: () => added(items, kind === "split" ? { share: 50, steps: [] } : { when: "seats > 99", steps: [{ id: "in-a-new-way", exit: true }] }),
      ask: () => asked(items, at, "share" in items[at] ? "share" : "when", "share" in items[at] ? 7 : "seats > 98"),
      swap: () => (at > 0 && !("otherwise" in items[at]) ? shifted(items, at, -1) : items),
      drop: () => { for (const { step: own } of every({ steps: items[at].steps ?? items[at].otherwise ?? [] }, forms)) gone.add(own.id); return without(items, at); },
    };
    return [replace(journey, forms, step.id, withField(step, kind, ways[how]())), [step.id, ...gone, "in-a-new-way"]];
  },
};

const nth = (journey, n) => among(every(journey, forms), n).step.id;
/** A `+` that is drawn. */
const spot = (journey, n) => among(layout(journey, forms).edges.filter((edge) => edge.spot), n).spot;
const inside = (journey, id) => every({ steps: [find(journey, forms, id).step] }, forms).map(({ step }) => step.id);

const edited = edits.map(([number, what, ...how]) => {
  const [after, ids] = make[what](journeys[number], how);
  return { number, what, ids, after };
});

const same = journeys.every((journey, number) => JSON.stringify(journey) === kept[number]);
console.log(JSON.stringify({ drawn: drawn.map((ids, number) => ({ ids, after: journeys[number] })), same, edited }));
