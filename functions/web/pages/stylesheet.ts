/** The stylesheet of every page. The content security policy allows it by its hash. */
export const stylesheet = `
:root{color-scheme:light dark;--ground:#f3f5f7;--paper:#fff;--ink:#17212b;--soft:#4d5b69;--line:#d5dce3;--firm:#7a8896;--accent:#0f4470;--on-accent:#fff;
--good:#14603a;--bad:#9b1c1c;--on-bad:#fff;--warn:#7a4a00;--good-ground:#e7f3ec;--bad-ground:#fbeaea;--warn-ground:#fdf3df;--focus:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ground:#10161d;--paper:#18212b;--ink:#e7ecf1;--soft:#a9b6c3;--line:#2d3945;--firm:#7d8c9a;--accent:#8cc1ee;--on-accent:#0c1822;
--good:#7fcb9f;--bad:#f5a0a0;--on-bad:#2a0d0d;--warn:#edc274;--good-ground:#15291f;--bad-ground:#351b1d;--warn-ground:#332812;--focus:#9bd0ff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
.masthead{display:flex;justify-content:space-between;gap:1rem;align-items:baseline;max-width:46rem;margin:0 auto;padding:1.25rem 1.25rem 0;color:var(--soft);font-size:.9rem}
.masthead p{margin:0}.wordmark{font-weight:700;letter-spacing:.02em;color:var(--accent);font-size:1.05rem}
main{max-width:46rem;margin:0 auto;padding:1rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.015em;font-weight:680;margin:.35rem 0 .75rem;text-wrap:balance}
h2{font-size:1.15rem;line-height:1.3;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:0 0 .75rem}
.kicker{margin:1rem 0 0;color:var(--warn);font-weight:650}
.lede{font-size:1.06rem;max-width:40rem}
.soft,caption,figcaption{color:var(--soft)}
section,form,.card{background:var(--paper);border:1px solid var(--line);border-radius:.5rem;padding:1.25rem;margin-top:1rem}
section>:last-child,form>:last-child,.card>:last-child{margin-bottom:0}
a{color:var(--accent);text-underline-offset:.15em}
a.jump{display:inline-flex;align-items:center;min-height:2.75rem;font-weight:600}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px;border-radius:.2rem}
dl{margin:0;display:grid;grid-template-columns:minmax(7.5rem,11rem) 1fr;gap:.6rem 1.25rem}
dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
ul{margin:0 0 .75rem;padding-left:1.15rem}li{margin:.3rem 0}li::marker{color:var(--firm)}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding-bottom:.5rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:600}thead th{border-top:0;color:var(--soft);font-weight:500}tr>:last-child{padding-right:0}
td.number,th.number{text-align:right;white-space:nowrap;overflow-wrap:normal}tfoot th,tfoot td{border-top:2px solid var(--firm);font-weight:650}
.checks{list-style:none;padding:0}.checks li{display:grid;grid-template-columns:11rem 8.5rem 1fr;gap:0 1rem;padding:.5rem 0;margin:0;border-top:1px solid var(--line)}.checks b{font-weight:500}.checks b::first-letter{text-transform:uppercase}.checks b{display:block}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.verdict{font-weight:600}
.scroll{overflow-x:auto}
code,pre{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em}
.digest{overflow-wrap:anywhere}.digest b{background:var(--warn-ground);color:var(--warn);padding:.1em .25em;border-radius:.2rem}
summary{cursor:pointer;min-height:2.75rem;display:list-item;padding:.6rem 0;color:var(--accent);font-weight:600}
figure{margin:0 0 1rem;min-width:0}figure h3{margin:0 0 .4rem}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1.25rem}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:11px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;fill:var(--soft)}
.axis{stroke:var(--line);stroke-width:1}.tick{stroke:var(--firm);stroke-width:1}.limit{stroke:var(--bad);stroke-width:1.25;stroke-dasharray:5 4}svg .limit-word{fill:var(--bad)}
.candidate{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}.baseline{fill:none;stroke:var(--firm);stroke-width:1.75;stroke-dasharray:2 3}
.dot{fill:var(--accent)}.dot-baseline{fill:var(--firm)}.moment{stroke:var(--ink);stroke-width:1}
.offers{list-style:none;padding:0;margin:0}.scale{max-width:26rem}.parts th{font-weight:400}.track{fill:var(--line)}.fill{fill:var(--accent)}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:.4rem 0 0;font-size:.875rem;color:var(--soft)}.key li{display:flex;align-items:center;gap:.4rem;margin:0}.key svg{width:1.75rem;flex:none}
.diff{border:1px solid var(--line);border-radius:.35rem;margin:0 0 1rem;overflow:hidden}
.diff h3{margin:0;padding:.6rem .75rem;font-size:.875rem;font-weight:600;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.diff pre{margin:0;max-height:26rem;overflow-y:auto;padding:.5rem 0;overflow-x:auto;line-height:1.5;font-size:.8125rem}
.diff pre:focus-visible{outline-offset:-3px}
.diff .lines{display:inline-block;min-width:100%}.lines>*{display:block;padding:0 .75rem;text-decoration:none;min-height:1.5em}
.diff ins{background:var(--good-ground);color:var(--good)}.diff del{background:var(--bad-ground);color:var(--bad)}.diff .hunk{color:var(--soft)}
form{border:2px solid var(--accent)}form.refuse{border-color:var(--bad)}
label{display:block;font-weight:600;margin:1rem 0 .4rem}
input[type=text]{font:1.25rem/1.2 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;letter-spacing:.12em;color:var(--ink);background:var(--ground);border:1px solid var(--firm);border-radius:.35rem;padding:.7rem .8rem;width:10rem;min-height:3rem}
input[aria-invalid=true]{border:2px solid var(--bad)}
button{display:block;font:inherit;font-weight:650;min-height:3rem;padding:.75rem 1.5rem;margin-top:1.25rem;border:1px solid transparent;border-radius:.35rem;background:var(--accent);color:var(--on-accent);cursor:pointer}
button.refuse{background:var(--bad);color:var(--on-bad)}
.error{background:var(--bad-ground);color:var(--bad);padding:.75rem 1rem;border-radius:.35rem;font-weight:600}
.note{background:var(--warn-ground);color:var(--warn);padding:.75rem 1rem;border-radius:.35rem}
@media (max-width:34rem){body{font-size:1.0625rem}h1{font-size:1.5rem}section,form,.card{padding:1rem;margin-left:-.5rem;margin-right:-.5rem}
dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.7rem}button{width:100%}input[type=text]{width:100%}.masthead{font-size:.95rem}.checks li{grid-template-columns:1fr auto}.checks .soft{grid-column:1/-1}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{body{background:#fff}form{display:none}}
`.replaceAll('\n', '');
