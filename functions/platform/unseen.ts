/** Characters that nobody sees, or that turn round the text beside them: text must not read otherwise than it runs (CVE-2021-42574). */
const unseen = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const shown = (character: string) => `⟨U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Spells out every character that cannot be seen, tabs and line ends excepted. */
export const spellUnseen = (text: string): string => text.replace(unseen, shown);
