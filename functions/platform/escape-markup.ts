const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escapes text for places where `<` begins markup: HTML, Slack's mrkdwn and the cards of Google Chat. */
export const escapeMarkup = (text: string): string => text.replace(/[&<>]/g, (character) => entities[character] as string);
