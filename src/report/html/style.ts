/** Light and dark by the reader's preference; no font, image or rule from anywhere else. */
export const style = `
:root{--paper:#fff;--raised:#f6f7f8;--ink:#1c2126;--dim:#616b75;--line:#d8dde2;--link:#0b5394;--good:#177245;--bad:#b3261e;--unsure:#8a5a00;--mark:#fff1b8;--mark-ink:#5c4300;--good-tint:#e6f4ec;--bad-tint:#fcebea;--unsure-tint:#fdf3dc;--flow:#0b5394;--node:#f6f7f8;--pod:#e8f0f8;--outside:#f7f1e6;
--mono:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--raised:#1b1f23;--ink:#d9dee3;--dim:#8f9aa5;--line:#31373d;--link:#7db7ee;--good:#5dc28f;--bad:#f28b82;--unsure:#e0b04c;--mark:#4d3d05;--mark-ink:#ffe08a;--good-tint:#15291f;--bad-tint:#331b1a;--unsure-tint:#2e2614;--flow:#7db7ee;--node:#1b1f23;--pod:#182635;--outside:#2a241a}}
*{box-sizing:border-box}
html{scroll-padding-top:12px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;display:grid;grid-template-columns:minmax(0,1fr)}
main{padding:28px 24px 80px;max-width:1180px;width:100%;min-width:0}
nav{display:none}
@media (min-width:1180px){body{grid-template-columns:148px minmax(0,1fr)}nav{display:block;position:sticky;top:0;height:100vh;overflow-y:auto;padding:28px 8px 28px 20px;border-right:1px solid var(--line);font-size:12px}main{padding-left:36px}}
nav ul{list-style:none;margin:4px 0 18px;padding:0}nav li{font-family:var(--mono);line-height:1.75;color:var(--dim)}nav a{color:inherit;text-decoration:none;display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}nav a:hover{color:var(--link)}nav .scenario-link{font-weight:600;color:var(--ink)}nav .expected .sign{color:var(--good)}nav .unexpected{color:var(--bad);font-weight:600}nav .inconclusive{color:var(--unsure);font-weight:600}
.sign{font-family:var(--mono)}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
code,pre,.id,table.packets,table.rules td,table.trace td,table.listing td.line,td.value,.hash,table.kill,svg text{font-family:var(--mono);font-variant-ligatures:none}
code,pre{font-size:12.5px}
h1,h2,h3{line-height:1.3;font-weight:600;text-wrap:pretty}
h1{font-size:21px;margin:6px 0 8px}h2{font-size:18px;margin:0 0 2px}h3{font-size:14px;margin:32px 0 8px}
p{margin:4px 0;max-width:92ch}
.tool{font-weight:600;letter-spacing:.01em}.tool .dim{font-weight:400}
.dim,.meta,.kind,small{color:var(--dim)}
.meta{font-size:12.5px;max-width:none;overflow-wrap:anywhere}
.bad{color:var(--bad)}
.problem{border-left:3px solid var(--bad);background:var(--bad-tint);padding:5px 10px;margin:6px 0;max-width:none;overflow-wrap:anywhere;white-space:pre-line}
.reason{color:var(--dim)}
header.run{padding-bottom:14px;border-bottom:1px solid var(--line)}
.status{font-size:12px;font-weight:600;letter-spacing:.03em;padding:2px 8px;border-radius:3px;vertical-align:middle;background:var(--raised);color:var(--dim);white-space:nowrap}
.status.passed{background:var(--good-tint);color:var(--good)}.status.failed,.status.error{background:var(--bad-tint);color:var(--bad)}.status.inconclusive,.status.interrupted{background:var(--unsure-tint);color:var(--unsure)}
article.scenario{margin-top:30px}
.tally{margin:10px 0}.tally svg{display:block;width:100%;height:6px;border-radius:3px;overflow:hidden}.tally p{font-size:12.5px;color:var(--dim);margin-top:4px}.tally span{margin-right:16px}.tally b{color:var(--ink)}
.tally rect.expected{fill:var(--good)}.tally rect.unexpected{fill:var(--bad)}.tally rect.inconclusive{fill:var(--unsure)}.tally rect.skipped{fill:var(--dim)}.tally rect.not-tested{fill:var(--line)}
.tally span.unexpected b{color:var(--bad)}.tally span.inconclusive b{color:var(--unsure)}
.scroll{overflow-x:auto;max-width:100%}
figure{margin:0}
table{border-collapse:collapse;width:100%;margin:6px 0;font-size:12.5px;line-height:1.45}
th,td{text-align:left;vertical-align:top;padding:3px 10px 3px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:500;color:var(--dim)}thead th{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-size:11.5px;white-space:nowrap}
tbody+tbody tr:first-child td{border-top:2px solid var(--line)}
td:last-child,th:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
mark{background:var(--mark);color:var(--mark-ink);padding:0 3px;border-radius:2px;font-weight:600}
.errata{border:1px solid var(--unsure);border-radius:4px;padding:2px 16px 10px;margin:16px 0;background:var(--unsure-tint)}.errata h3{margin:10px 0 2px;color:var(--unsure)}.errata td,.errata th{border-color:color-mix(in srgb,var(--unsure) 30%,transparent)}.errata tr:last-child td{border-bottom:0}.errata td:first-child{white-space:nowrap;font-family:var(--mono)}.errata td:last-child{white-space:nowrap;font-family:var(--mono)}
.judgement{font-size:11.5px;border:1px solid var(--line);border-radius:3px;padding:0 5px;color:var(--dim);white-space:nowrap}
.topology{overflow-x:auto;margin:20px 0 4px;display:flex;flex-wrap:wrap;gap:8px 40px;align-items:flex-start}svg{display:block;height:auto}.topology svg,.ladder,.clock{max-width:none}
.topology figcaption{padding-top:2px}
svg text{font-size:11px;fill:var(--ink)}svg .dim,svg .bus-label{fill:var(--dim)}
.bus{stroke:var(--dim);stroke-width:2.5;fill:none;stroke-linecap:round}.link{stroke:var(--dim);stroke-width:1.2;fill:none}.link.beyond{stroke-dasharray:4 3}.joint{fill:var(--dim)}
.host rect{fill:var(--node);stroke:var(--dim);stroke-width:1}.host .name{font-weight:700}.host.pod>rect{fill:var(--pod);stroke:var(--flow)}.host.outsider>rect,.host.external-host>rect{fill:var(--outside);stroke:var(--unsure)}.host.router>rect{fill:var(--paper);stroke-dasharray:4 3}
#tools{display:flex;flex-wrap:wrap;gap:8px;align-items:center;margin-top:14px}#tools[hidden]{display:none}
input,select,button{font:inherit;font-size:12.5px;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:3px;padding:3px 8px}input[type=search]{width:260px}button{cursor:pointer}button:hover,select:hover{border-color:var(--dim)}
.copy{font-size:11px;padding:0 6px;margin-left:8px;color:var(--dim);line-height:1.5}
details.claim{border-top:1px solid var(--line)}details.claim:last-of-type{border-bottom:1px solid var(--line)}
summary{cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}
.claim>summary{display:grid;grid-template-columns:64px minmax(0,1fr) auto;gap:0 12px;padding:6px 8px 6px 6px;border-left:3px solid transparent}.claim>summary:hover,.evidence>summary:hover{background:var(--raised)}
summary:focus-visible,a:focus-visible,button:focus-visible{outline:2px solid var(--link);outline-offset:1px}
.claim>summary .id{font-size:12.5px;font-weight:600;line-height:1.7;overflow-wrap:anywhere}
.claim.unexpected>summary{border-left-color:var(--bad);background:var(--bad-tint)}.claim.inconclusive>summary{border-left-color:var(--unsure);background:var(--unsure-tint)}
.claim[open]>summary .statement{font-weight:600}
.claim.skipped>summary,.claim.not-tested>summary{color:var(--dim)}
.claim>.body{padding:2px 0 18px 85px}
.verdict{font-size:12.5px;font-weight:600;white-space:nowrap;text-align:right;line-height:1.65}.verdict small{font-size:11px;font-weight:400;margin-left:6px}
.verdict.expected{color:var(--good)}.verdict.unexpected{color:var(--bad)}.verdict.inconclusive{color:var(--unsure)}.verdict.skipped,.verdict.not-tested{color:var(--dim);font-weight:400}
.checks .cited{white-space:nowrap}.checks .sign{width:20px;color:var(--good)}.checks .failed .sign,.checks .failed .value{color:var(--bad)}.checks .failed .value{font-weight:600}.checks .role{font-size:11px;color:var(--dim);border:1px solid var(--line);border-radius:3px;padding:0 4px}
.evidence{border:1px solid var(--line);border-radius:4px;margin:12px 0 0}.evidence>summary{padding:5px 12px;font-weight:600;font-size:13px}.evidence>summary .id{color:var(--dim);margin-right:6px}.evidence>summary .kind{float:right;font-weight:400;font-size:12px}.evidence[open]>summary{border-bottom:1px solid var(--line)}.evidence>.body{padding:6px 12px 10px}
:target{scroll-margin-top:12px}.evidence:target,.claim:target{box-shadow:0 0 0 2px var(--link)}
table.packets,table.rules td,table.trace td,table.listing td.line,td.value{font-size:12px}
table.packets td{white-space:nowrap;overflow-wrap:normal}table.packets td.wide{white-space:normal;min-width:180px}
tr.translated td{background:color-mix(in srgb,var(--mark) 45%,transparent)}tr.unexpected td{background:var(--bad-tint)}tr.expected td{background:var(--good-tint)}tr.noise td,tr.marker td{color:var(--dim)}td.note{font-size:11px;color:var(--dim)}tr.unexpected td.note{color:var(--bad);font-weight:600}
tr.chain th{color:var(--ink);font-weight:600;font-family:var(--mono);padding-top:6px}tr.moved td{background:color-mix(in srgb,var(--mark) 45%,transparent)}tr.moved .delta{font-weight:700}.rules td.rule,.trace td.rule{min-width:320px}.rules tr:not(.moved) .delta{color:var(--dim)}
.listing td.line{width:50%;white-space:pre-wrap}.listing .sign{color:var(--dim);width:18px}.listing .different td{background:var(--unsure-tint)}.listing .different .sign{color:var(--unsure);font-weight:700}.listing .remark td{color:var(--dim);border-bottom:1px solid var(--line);font-style:italic}
.matrix td,.matrix th{border:1px solid var(--line);padding:3px 8px;font-family:var(--mono);font-size:12px}.matrix{width:auto}.matrix .bad{font-weight:700}.matrix .bad .dim{font-weight:400}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 16px;margin:8px 0 0;font-size:12.5px}.facts dt{color:var(--dim)}.facts dd{margin:0;overflow-wrap:anywhere}
.transcript{list-style:none;margin:0;padding:0}.transcript li{padding:3px 0}.command{overflow-wrap:anywhere}.command .dim,.command .bad{font-size:11.5px;margin-left:10px}.prompt{font-family:var(--mono);font-size:12.5px;color:var(--dim)}.command code{font-weight:600}
pre{margin:3px 0;padding:6px 10px;background:var(--raised);border-radius:3px;overflow:auto;max-height:420px;line-height:1.4;white-space:pre;tab-size:8}pre.stderr{border-left:3px solid var(--unsure)}
.ladder{margin:4px auto}.lifeline{stroke:var(--line);stroke-width:1.5;fill:none}.ladder .point{font-weight:700}.hop{stroke:var(--dim);stroke-width:1.4;fill:none}.hop.nat{stroke:var(--flow);stroke-width:2}.hop.head{fill:var(--dim);stroke:none}.hop.nat.head{fill:var(--flow)}.seen{fill:var(--ink)}.backdrop{fill:var(--paper)}.ladder text.nat{fill:var(--flow);font-weight:700;paint-order:stroke;stroke:var(--paper);stroke-width:4px}.ladder .time{fill:var(--dim);font-size:10px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}.ladder .tuple.new{fill:var(--flow);font-weight:700}
.kill{width:auto}.kill th small{display:block;font-weight:400;font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}.kill tbody th{color:var(--ink);font-weight:600;padding-right:18px}.kill td{padding-right:14px}.kill .killed,.kill .unsure,.kill .stood{text-align:center;padding:3px 8px;border-left:1px solid var(--line);vertical-align:middle}.kill .killed{background:var(--good-tint);color:var(--good);font-weight:700}.kill .unsure{background:var(--unsure-tint);color:var(--unsure)}.kill .stood{color:var(--dim)}.kill .claim-id{padding:3px 5px;border-left:1px solid var(--line);vertical-align:bottom}.kill .claim-id span{writing-mode:vertical-rl;transform:rotate(180deg)}.kill .claim-id a{text-decoration:none}.kill .survived th{color:var(--bad)}
.kill td:last-child,.kill th:last-child{padding-left:12px;border-left:1px solid var(--line)}
.shape{fill:var(--raised);stroke:var(--dim)}.shape.line{fill:none;stroke-width:1.5}.shape.head{stroke:none;fill:var(--dim)}.shape.dim{stroke:var(--line);fill:none}.shape.strong{stroke:var(--ink);stroke-width:2}.shape.flow{stroke:var(--flow)}.shape.good{stroke:var(--good)}.shape.bad{stroke:var(--bad)}.shape.unsure{stroke:var(--unsure)}.shape.head.flow{fill:var(--flow)}.shape.head.good{fill:var(--good)}.shape.head.bad{fill:var(--bad)}.shape.head.unsure{fill:var(--unsure)}.shape.step.good{fill:var(--good-tint)}.shape.step.bad{fill:var(--bad-tint)}.shape.step.unsure{fill:var(--unsure-tint)}.drawing text.strong{font-weight:700}.drawing .flow:not(.shape){fill:var(--flow);color:var(--flow)}.drawing .good:not(.shape){fill:var(--good);color:var(--good)}.drawing .bad:not(.shape){fill:var(--bad);color:var(--bad)}.drawing .unsure:not(.shape){fill:var(--unsure);color:var(--unsure)}
.clock .tick{stroke:var(--line)}.clock rect{fill:var(--dim)}.clock .step{fill:var(--good);opacity:.75}.clock .step.failed{fill:var(--bad);opacity:1}.clock .step.interrupted,.clock .step.skipped{fill:var(--unsure)}.clock .capture{fill:var(--flow)}.clock .timeline{fill:var(--unsure)}
.lanes .rail{stroke:var(--line);fill:none}.lanes .moment{stroke:var(--dim);stroke-dasharray:3 3;fill:none}.tick-good,.tick-bad,.tick-neutral{stroke-width:1.6;fill:none;stroke:var(--dim)}.tick-good{stroke:var(--good)}.tick-bad{stroke:var(--bad);stroke-width:2.4}
.files td,.files .hash{font-size:11.5px}.files .hash{color:var(--dim)}.file{font-family:var(--mono);font-size:12px}.commands{list-style:none;padding:0;margin:4px 0}.missing{color:var(--bad)}
@media (max-width:720px){main{padding:16px 14px 60px}.claim>summary{grid-template-columns:minmax(0,1fr) auto}.claim>summary .statement{grid-column:1/-1;grid-row:2}.claim>.body{padding-left:9px}h1{font-size:18px}.checks,.errata table{min-width:560px}.files{min-width:680px}}
@media print{@page{margin:14mm}:root{--paper:#fff;--raised:#f6f7f8;--ink:#000;--dim:#555;--line:#ccc}body{display:block;font-size:11px;-webkit-print-color-adjust:exact;print-color-adjust:exact}nav,#tools,.copy{display:none!important}main{max-width:none;padding:0}details::details-content{content-visibility:visible;block-size:auto}.scroll,pre,.topology{overflow:visible}pre{max-height:none;white-space:pre-wrap}svg{max-width:100%!important}.claim>.body{padding-left:12px}tr,.ladder,.topology{break-inside:avoid}h2,h3,summary{break-after:avoid}table.packets td{white-space:normal}}
`
