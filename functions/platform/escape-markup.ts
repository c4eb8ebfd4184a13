const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Keeps text text where `<` begins markup: in HTML, in Slack's mrkdwn and in the cards of Google Chat. */
export const escapeMarkup = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] as string);
