/** What a file that is imported looks like, with one to begin from. */
import { Button, Grid, List, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { Card } from "../ui/Card";
import { UTF8 } from "../ui/taken";
import { Wide } from "../ui/Wide";

const HEADINGS = ["id", "email", "first_name", "plan", "seats", "trial_ends_at", "newsletter", "interests"];
const ROWS = [
  ["1042", "ada@example.com", "Ada", "trial", "3", "2027-01-31", "yes", "maps; history"],
  ["1043", "bruno@example.com", "Bruno", "pro", "12", "", "no", "cooking"],
];

/** As a spreadsheet would write it. */
export const EXAMPLE = [HEADINGS, ...ROWS].map((row) => row.join(",")).join("\r\n") + "\r\n";

export function Teach() {
  const take = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([UTF8, EXAMPLE], { type: "text/csv" }));
    link.download = "people-example.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Card title="What the file looks like" about="One row for each person; the first row names the columns. Drop a file here, or choose one above.">
      <Wide label="An example" least={640}>
        <Table fz="xs" withTableBorder withColumnBorders verticalSpacing={4} aria-label="An example">
          <Table.Thead><Table.Tr>{HEADINGS.map((each) => <Table.Th key={each}>{each}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>{ROWS.map((row) => <Table.Tr key={row[0]}>{row.map((cell, n) => <Table.Td key={n} className="figures">{cell}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
        </Table>
      </Wide>
      <Button mt="sm" size="xs" variant="default" leftSection={<IconDownload size={14} />} onClick={take}>Download this example</Button>
      <Grid mt="md" gap="xl">
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <Text size="sm" fw={600} mb={4}>Columns</Text>
          <List size="sm" spacing={4}>
            <List.Item>One says who it is: the id your product gives them, or their email. Both is best.</List.Item>
            <List.Item>Each other column becomes an attribute. You choose its name and its kind: text, number (2.5, or 2,5), yes or no, date (2027-01-31, or with the day or the month first), or list (with ; between).</List.Item>
            <List.Item>An empty cell changes nothing. Columns you don’t need are left out.</List.Item>
          </List>
        </Grid.Col>
        <Grid.Col span={{ base: 12, sm: 6 }}>
          <Text size="sm" fw={600} mb={4}>What happens</Text>
          <List size="sm" spacing={4} type="ordered">
            <List.Item>You say what each column is; most is guessed.</List.Item>
            <List.Item>It is looked through: how many are new or known, and what is wrong in which row. Nothing is written yet.</List.Item>
            <List.Item>You import it, see how far it has come, and can take all of it back.</List.Item>
          </List>
          <Text size="sm" c="dimmed" mt={6}>Nobody gets a message because of an import, unless you ask for it. Up to 18 MB a file.</Text>
        </Grid.Col>
      </Grid>
    </Card>
  );
}
