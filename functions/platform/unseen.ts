/** Characters that are invisible or change the direction of text. Text must read as it runs (CVE-2021-42574). */
const unseen = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const shown = (character: string) => `⟨U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Spells out each invisible character except tabs and line ends. */
export const spellUnseen = (text: string): string => text.replace(unseen, shown);
