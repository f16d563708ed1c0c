/** What a person is called in a list. */
export function called(person: { name?: string | null; email?: string | null; id?: string | null }): string {
  return person.name || person.email || person.id || "Anonymous visitor";
}
