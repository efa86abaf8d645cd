/** The page's style sheet. Figures are light cards on either ground; every other pair of colours is at least 4.5:1. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f6f6f4; --ink: #1b1b1b; --quiet: #555; --rule: #c9c9c6; --mark: #ffe9a8; --link: #004f80; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #16181b; --ink: #ececec; --quiet: #b3b3b3; --rule: #43474d; --mark: #5a4a12; --link: #8cc8f2; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
h1, h2, h3, td, th, p, figcaption { overflow-wrap: anywhere; }
p { max-width: 48rem; }
a { color: var(--link); }
figure { margin: 1rem 0; }
figcaption { color: var(--quiet); font-size: .9rem; }
.scroll { overflow-x: auto; }
.scroll svg { display: block; min-width: 40rem; max-width: 100%; height: auto; }
.take { white-space: nowrap; }
.take a { display: inline-block; margin-left: .5rem; min-width: 1.5rem; min-height: 1.5rem; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .25rem; }
th, td { padding: .2rem .75rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
th[scope=row] { min-width: 18rem; font-weight: 500; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.differs td, tr.differs th { background: var(--mark); font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(12rem, max-content) 1fr; gap: .2rem 1rem; font-size: .9rem; max-width: 60rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl { display: block; } }
code { font-family: ui-monospace, monospace; }
.sequence { font-size: 1.05rem; letter-spacing: .08em; overflow-wrap: anywhere; }
.sequence mark { background: var(--mark); color: inherit; font-weight: 700; }
.sequence mark.wrong { text-decoration: underline wavy; }
summary { cursor: pointer; padding: .25rem 0; }
@media print { .take { display: none; } body { max-width: none; padding: 0; } }
`;
