/** Light, dark and printed pages; Okabe and Ito's palette (2008), darkened or lightened to keep 3:1 against the paper. */
const light =
  "--paper:#fff;--raised:#f6f7f9;--ink:#16181d;--muted:#5b616e;--line:#d5d9e0;--grid:#e8eaee;--better:#0067a5;--worse:#c04a00;" +
  "--series-1:#0072b2;--series-2:#d55e00;--series-3:#00805f;--series-4:#b0568d;--series-5:#a87400;--series-6:#3f86b8;--series-7:#7a4bb0;";
const dark =
  "--paper:#14161a;--raised:#1d2026;--ink:#eceef2;--muted:#a2a9b6;--line:#3a3f4a;--grid:#282c34;--better:#6bb8f0;--worse:#ff9d57;" +
  "--series-1:#5aaee6;--series-2:#ff8f45;--series-3:#35c39b;--series-4:#e59cc6;--series-5:#f0bf4c;--series-6:#9fd0f2;--series-7:#bb9bea;";

/** The page's only style sheet. */
export const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
@media print{:root{color-scheme:light;${light}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
main,header,footer{max-width:66rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3rem}
h1{font-size:2rem;line-height:1.2;margin:.1rem 0 .6rem;letter-spacing:-.015em}
h2{font-size:1.25rem;line-height:1.3;margin:3rem 0 .6rem;padding-top:.9rem;border-top:1px solid var(--line)}
p{margin:.5rem 0;max-width:46rem}
.kind{margin:0;color:var(--muted);font-size:.875rem}
.lead{font-size:1.125rem}
.facts{display:flex;flex-wrap:wrap;gap:.4rem 2.2rem;margin:1.4rem 0 0;padding:0}
.facts div{display:flex;flex-direction:column-reverse}
.facts dt{color:var(--muted);font-size:.8125rem}
.facts dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
.facts .alert dd{color:var(--worse)}
ul{padding-left:1.2rem;max-width:46rem}
li{margin:.25rem 0}
.findings{list-style:none;padding:0}
.findings li{padding:.2rem 0 .2rem 1.5rem;position:relative}
.mark{position:absolute;left:0;font-weight:700}
.better{color:var(--better)}.worse{color:var(--worse)}.undecided,.same{color:var(--muted)}
figure{margin:1.2rem 0 0}figure+figure{margin-top:2.2rem}figcaption{margin-top:.4rem}
figcaption,.caption{color:var(--muted);font-size:.875rem;max-width:46rem}
figure svg{display:block;width:100%;height:auto;max-width:900px;background:none;color:var(--ink)}
figure svg .plot,figure svg{--plot-background:var(--paper)}
h3{font-size:1rem;margin:1.4rem 0 .3rem}figure h3{margin:0 0 .2rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.3rem 0;padding:0;list-style:none;font-size:.875rem;max-width:none}
.legend svg{display:inline-block;width:2rem;height:.7rem;vertical-align:baseline;margin-right:.4rem}
.scroll{overflow-x:auto;margin:.8rem 0}
.scroll:focus-visible{outline:2px solid var(--better)}
table{border-collapse:collapse;min-width:min(100%,34rem);font-size:.875rem;line-height:1.4;font-variant-numeric:tabular-nums lining-nums}
th,td{padding:.38rem .55rem;text-align:left;vertical-align:baseline;white-space:nowrap;border-bottom:1px solid var(--grid)}
th:first-child,td:first-child{padding-left:.2rem}
td.text{white-space:normal;min-width:10rem}
thead th{white-space:normal;border-bottom:1px solid var(--muted);font-weight:600;vertical-align:bottom}
tbody th{font-weight:500}
tbody tr:last-child>*{border-bottom:1px solid var(--muted)}
.number{text-align:right}
tr.control{background:var(--raised)}
th button{all:unset;cursor:pointer;font:inherit;font-weight:600}
th button:hover{text-decoration:underline}
th button:focus-visible{outline:2px solid var(--better);outline-offset:2px}
th[aria-sort] button:hover::after,th[aria-sort] button:focus-visible::after{content:" ↕";color:var(--muted);font-weight:400}
th[aria-sort=ascending] button::after{content:" ↑";color:inherit}
th[aria-sort=descending] button::after{content:" ↓";color:inherit}
dl.sources{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.2rem;font-size:.875rem;margin:.6rem 0}
dl.sources dt{color:var(--muted)}
dl.sources dd{margin:0;overflow-wrap:anywhere}
code,pre{font:.8125rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
pre{background:var(--raised);padding:1rem;overflow-x:auto;border-radius:4px}
summary{cursor:pointer;margin:.8rem 0;font-weight:500}
footer{color:var(--muted);font-size:.8125rem;padding-top:2rem;padding-bottom:3rem}
@media (max-width:40rem){header{padding-top:1.5rem}h1{font-size:1.6rem}figure{overflow-x:auto}figure svg{min-width:640px}}
@media print{body{font-size:10.5pt}main,header,footer{max-width:none;padding:0}h2{break-after:avoid}figure,tr{break-inside:avoid}.scroll{overflow:visible}table{font-size:7pt}th,td{padding:.2rem .3rem}td.word{white-space:normal}th[aria-sort=ascending] button::after,th[aria-sort=descending] button::after{content:""}details>summary{display:none}pre{white-space:pre-wrap}@page{margin:14mm}}
`;

/** Sorts a table by the clicked column; cells carry their number in data-value. The page reads the same without it. */
export const script = `
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => {
  const header = button.closest("th"), row = header.parentElement, body = header.closest("table").tBodies[0];
  const ascending = header.getAttribute("aria-sort") !== "ascending", column = [...row.children].indexOf(header);
  for (const other of row.children) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const key = (line) => { const cell = line.children[column]; return cell.dataset.value ?? cell.textContent; };
  const compare = (a, b) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const difference = Number(a) - Number(b);
    return (Number.isNaN(difference) ? a.localeCompare(b) : difference) * (ascending ? 1 : -1);
  };
  body.append(...[...body.rows].sort((a, b) => compare(key(a), key(b))));
});
`;
