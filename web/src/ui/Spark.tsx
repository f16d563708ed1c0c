/** A small bar for each day. What it shows is also said in words, for whoever can't see it. */
export function Spark({ values, label, width = 120, height = 22 }: { values: number[]; label: string; width?: number; height?: number }) {
  const most = Math.max(...values, 1);
  const step = width / values.length;
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" style={{ maxWidth: "100%" }}>
      {values.map((value, n) => {
        const tall = value ? Math.max(2, (value / most) * height) : 1;
        return <rect key={n} x={n * step} y={height - tall} width={Math.max(1, step - 1)} height={tall} fill={value ? "var(--mantine-primary-color-filled)" : "var(--line)"} />;
      })}
    </svg>
  );
}
