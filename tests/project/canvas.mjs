// Makes the edits that the canvas makes, by its own code (built into the module that the first argument names), on journeys given on the
// standard input; what comes of each is printed as JSON: the journey, the edit, the step it is of, whether moving it up takes it into another
// list of steps, and the document after it.
const { duplicate, every, find, insert, remove, replace, shift, spotAfter, withField } = await import(process.argv[2]);

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { forms, journeys } = JSON.parse(text);

const edited = journeys.flatMap((journey) => {
  const placed = every(journey, forms);
  const deepest = placed.reduce((one, other) => (other.path.length > one.path.length ? other : one));
  const chosen = [...new Set([placed[0], deepest, placed.at(-1)].map(({ step }) => step.id))];
  const wait = { id: "the-new-one", wait: "2 days" };
  return chosen.flatMap((id) => {
    const { step, list } = find(journey, forms, id);
    const each = {
      note: replace(journey, forms, id, withField(step, "note", "Mind this")),
      name: replace(journey, forms, id, withField(step, "name", "Another name")),
      "insert before": insert(journey, find(journey, forms, id), wait),
      "insert after": insert(journey, spotAfter(journey, forms, id), wait),
      copy: duplicate(journey, forms, id).journey,
      delete: remove(journey, forms, id),
      up: shift(journey, forms, id, -1),
    };
    const crosses = String(find(each.up, forms, id).list) !== String(list);
    return Object.entries(each).map(([edit, after]) => ({ journey: journey.journey, edit, id, depth: list.length, crosses, after }));
  });
});
console.log(JSON.stringify(edited));
