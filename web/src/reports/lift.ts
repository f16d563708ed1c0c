/** What messages change: the share that reached the goal among those who get marketing, less that of the control group. */
export interface Sides { treated: number; treated_converted: number; control: number; control_converted: number }

/** In percentage points, with the interval that holds the truth 19 times out of 20 (normal approximation of a difference of two shares).
 * Null where there are too few on either side for that to be true: fewer than 100 people, or fewer than 5 who did or did not. */
export function difference(sides: Sides): { points: number; low: number; high: number } | null {
  const arms = [[sides.treated, sides.treated_converted], [sides.control, sides.control_converted]] as const;
  if (arms.some(([all, did]) => all < 100 || did < 5 || all - did < 5)) return null;
  const [treated, control] = arms.map(([all, did]) => did / all) as [number, number];
  const reach = 1.96 * Math.sqrt((treated * (1 - treated)) / sides.treated + (control * (1 - control)) / sides.control);
  const points = treated - control;
  return { points: 100 * points, low: 100 * (points - reach), high: 100 * (points + reach) };
}

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;

/** The difference in words. */
export function verdict(sides: Sides): string {
  const found = difference(sides);
  if (!found) return "Not enough people yet: each side needs 100 people, 5 who reached the goal and 5 who did not.";
  const said = `${signed(found.points)} percentage points (19 times out of 20 between ${signed(found.low)} and ${signed(found.high)}).`;
  if (found.low > 0) return `The messages help: ${said}`;
  if (found.high < 0) return `The messages do harm: ${said}`;
  return `No difference can be told yet: ${said}`;
}
