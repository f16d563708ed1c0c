// Makes edits and takes them back, by the canvas's own code (built into the module that the first argument names), at every step of the
// journeys given on the standard input; what comes of each is printed as JSON: the number of the journey, the edit, and the document after it.
const { duplicate, every, find, insert, remove, shift, spotAfter } = await import(process.argv[2]);

let text = "";
for await (const chunk of process.stdin) text += chunk;
const { forms, journeys } = JSON.parse(text);

const wait = { id: "the-new-one", wait: "2 days" };
console.log(JSON.stringify(journeys.flatMap((journey, number) => every(journey, forms).flatMap(({ step: { id } }) => {
  const copied = duplicate(journey, forms, id);
  const up = shift(journey, forms, id, -1);
  return Object.entries({
    "insert before": remove(insert(journey, find(journey, forms, id), wait), forms, wait.id),
    "insert after": remove(insert(journey, spotAfter(journey, forms, id), wait), forms, wait.id),
    copy: remove(copied.journey, forms, copied.id),
    up: JSON.stringify(up) === JSON.stringify(journey) ? up : shift(up, forms, id, 1),
  }).map(([edit, after]) => ({ number, edit, after }));
}))));
