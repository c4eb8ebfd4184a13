/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] as string);

type Part = Html | string | number | undefined | readonly Part[];

const render = (part: Part): string => {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  return escaped(String(part));
};

/** Tags a template whose every value is escaped unless it is markup already. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + render(values[index - 1]) + string));
}

const style = new Html(`<style>
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b1f24;background:#f6f7f9}
main{max-width:44rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.4rem;line-height:1.25}h2{font-size:1.05rem;margin-top:2rem}
table{border-collapse:collapse;table-layout:fixed;width:100%;background:#fff}td{overflow-wrap:anywhere}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #dde1e6;vertical-align:top}
th{font-weight:600;width:30%}pre{background:#fff;border:1px solid #dde1e6;padding:.8rem;overflow:auto;font-size:.8rem;max-height:30rem}
form{background:#fff;border:1px solid #c5ccd5;padding:1rem;margin-top:2rem}label{display:block;margin-bottom:.4rem}
input[type=text]{font:inherit;padding:.4rem;width:9rem}button{font:inherit;font-weight:600;padding:.5rem 1.2rem;margin-top:.8rem;border:0;color:#fff;background:#0b5d2e}
button.refuse{background:#9b1c1c}.error{color:#9b1c1c;font-weight:600}code{background:#eef1f4;padding:.1rem .3rem}
</style>`);

/** Wraps a page; it has no script, and works on a phone. */
export function page(title: string, body: Html): string {
  return `<!doctype html>${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>${style}</head><body><main>${body}</main></body></html>`
      .text
  }`;
}
