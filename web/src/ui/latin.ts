const OWN: Record<string, string> = { ß: "ss", ẞ: "SS", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE", ø: "o", Ø: "O", ł: "l", Ł: "L", đ: "d", Đ: "D", ı: "i" };

/** A name without marks on its letters, for an id that is made of it: `Größe` is `Grosse`. */
export const latin = (name: string): string => name.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\x00-\x7f]/g, (letter) => OWN[letter] ?? letter);
