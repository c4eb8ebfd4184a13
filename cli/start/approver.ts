/** Acts on a link as a person's browser would: reads the page, types the fragment that it shows, submits its form. */
export async function submitForm(link: string): Promise<{ status: number; heading: string }> {
  const page = await (await fetch(link)).text();
  const hidden = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map((match): [string, string] => [
    match[1] as string,
    match[2] as string,
  ]);
  const fragment = /digest \(<code>([0-9a-f]{6})<\/code>\)/.exec(page)?.[1];
  if (!fragment) throw new Error(`the page at ${new URL(link).pathname} has no form to submit`);
  const response = await fetch(link, { method: 'POST', body: new URLSearchParams([...hidden, ['fragment', fragment]]) });
  return { status: response.status, heading: /<h1>([^<]*)<\/h1>/.exec(await response.text())?.[1] ?? '' };
}

/** Finds the link for one action in a message's text. */
export function linkIn(text: string, action: string): string | undefined {
  return text.match(/https?:\/\/\S+/g)?.find((link) => new URL(link).pathname.endsWith(`/${action}`));
}
