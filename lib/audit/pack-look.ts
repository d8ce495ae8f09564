import "server-only";

/** How a pack looks: the console's own colours and sizes, for a screen and for paper. */
export const PACK_STYLE = `
:root{color-scheme:light dark;--bg:#f5f6f8;--surface:#fff;--line:#e4e7ec;--text:#12161c;--dim:#535d6b;--accent:#2f5bd8;--warn:#9a6300;--crit:#c3303a;--ok:#13814f}
@media (prefers-color-scheme:dark){:root{--bg:#0b0d10;--surface:#12151a;--line:#242a33;--text:#e8ebf0;--dim:#a0a9b6;--accent:#86a8ff;--warn:#f0b34b;--crit:#f4686f;--ok:#4fc78c}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:13px/20px Geist,system-ui,sans-serif}
main{max-width:1100px;margin:0 auto;padding:32px 24px 64px}h1{font-size:22px;line-height:28px;margin:0 0 8px}h2{font-size:15px;line-height:23px;margin:28px 0 8px}h3{font-size:13px;margin:16px 0 4px}
p{margin:0 0 8px;max-width:86ch}p.lead{font-size:15px;line-height:23px;color:var(--dim)}code,pre,.mono{font-family:"Geist Mono",ui-monospace,monospace;font-size:12px;overflow-wrap:anywhere}
pre{white-space:pre-wrap;margin:4px 0;padding:8px;border:1px solid var(--line);border-radius:6px}.panel{background:var(--surface);border:1px solid var(--line);border-radius:10px;padding:12px 14px;margin:0 0 16px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;vertical-align:top;padding:6px 10px 6px 0;border-bottom:1px solid var(--line)}th{color:var(--dim);font-weight:500}
td.number{text-align:right}.dim{color:var(--dim)}.refused,.void{color:var(--warn)}.failed{color:var(--crit)}.done{color:var(--ok)}.add{color:var(--ok)}.remove{color:var(--crit)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}summary{cursor:pointer}button{font:inherit;padding:4px 12px;margin:12px 0}
.panel>h2:first-child{margin-top:0}
@media print{body{background:none}.panel{break-inside:avoid-page}}`;

/** What shows a pack's data. It only ever makes text of it. It runs in a browser, without anything else to load. */
export const PACK_SCRIPT = `
"use strict";
(() => {
  const AT_A_TIME = 1000;
  const page = document.getElementById("page");
  const text = document.getElementById("data").textContent;
  const lines = text.split("\\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  const heading = lines[0];
  const of = (kind) => lines.filter((line) => line.kind === kind);
  const events = of("event"), links = of("link"), checkpoints = of("checkpoint"), requests = of("request");

  const make = (name, className, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    for (const child of children) element.append(child instanceof Node ? child : String(child));
    return element;
  };
  const facts = (pairs) => {
    const list = make("dl");
    for (const [name, value] of pairs) {
      if (value !== null && value !== undefined && value !== "") list.append(make("dt", "", name), make("dd", "", value));
    }
    return list;
  };
  const table = (heads, rows) => {
    const head = make("tr", "", ...heads.map((one) => make("th", "", one)));
    return make("table", "", make("thead", "", head), make("tbody", "", ...rows));
  };
  const time = (iso) => (iso ? iso.replace("T", " ").replace("Z", " UTC") : "");
  const spoken = (detail) => Object.entries(detail || {}).filter(([, value]) => value !== null).map(([name, value]) => name + ": " + value).join(" · ");
  const eventRow = (row) => make("tr", "",
    make("td", "number dim", row.seq), make("td", "", time(row.at)), make("td", "", row.actor),
    make("td", "", make("code", "", row.action), " ", make("span", row.outcome, row.outcome), make("div", "dim", row.target)),
    make("td", "", spoken(row.detail)), make("td", "mono dim", row.hash.slice(0, 12)));
  const EVENT_HEADS = ["No.", "When", "Who", "What", "Why and what came of it", "Hash"];

  const EVIDENCE_CLASS = { passed: "done", failed: "failed", unknown: "void" };
  const planOf = (plan) => {
    const parts = [];
    if (plan.workload && plan.actor) {
      const { kind, namespace, name } = plan.workload;
      parts.push(facts([["Workload", kind + " " + namespace + "/" + name + " of cluster " + plan.cluster], ["Pods", plan.pods],
        ["In the name of", [plan.actor.user, ...plan.actor.groups].join(", ")]]));
    }
    if (Array.isArray(plan.evidence)) {
      parts.push(make("h3", "", "Evidence, as it was agreed to"), table(["What", "Of", "Found", "Where"], plan.evidence.map((one) => make("tr", "",
        make("td", "", one.item), make("td", "mono", one.subject), make("td", EVIDENCE_CLASS[one.state] || "", one.state), make("td", "", one.source)))));
    }
    if (Array.isArray(plan.commits) && plan.commits.length > 0) {
      parts.push(make("h3", "", "Commits"), table(["Revision", "Subject", "By"], plan.commits.map((one) => make("tr", "",
        make("td", "mono", String(one.revision).slice(0, 12)), make("td", "", one.subject),
        make("td", "", (one.people || []).map((person) => person.name + " <" + person.email + ">").join(", "))))));
    }
    for (const object of Array.isArray(plan.objects) ? plan.objects : []) {
      const diff = make("pre");
      for (const line of object.lines || []) {
        const sign = line.kind === "add" ? "+ " : line.kind === "remove" ? "- " : "  ";
        diff.append(make("span", line.kind, sign + line.text + "\\n"));
      }
      parts.push(make("details", "", make("summary", "", object.change + " " + object.kind + " " + object.name), diff));
    }
    parts.push(make("details", "", make("summary", "", "The whole plan"), make("pre", "", JSON.stringify(plan, null, 2))));
    return parts;
  };

  const showRequest = (request) => {
    const operation = request.operation;
    const panel = make("section", "panel", make("h2", "", request.action + " in " + request.environment + ": " + request.state),
      facts([["Request", request.id], ["Asked by", request.requestedBy], ["Why", request.reason], ["Ticket", request.ticket],
        ["Asked", time(request.createdAt)], ["Decided", time(request.decidedAt)], ["To start", time(request.runAt)],
        ["What became of it", request.stateReason], ["Digest of the plan", request.digest]]));
    if (request.breakGlass) panel.append(make("h3", "", "Under broken glass: nobody else had to agree"), make("pre", "", JSON.stringify(request.breakGlass, null, 2)));
    panel.append(make("h3", "", "Plan"), ...planOf(request.plan || {}));
    panel.append(make("h3", "", "Who had to agree"), make("pre", "", JSON.stringify(request.policy, null, 2)));
    panel.append(make("h3", "", "Who did"), request.approvals.length === 0 ? make("p", "dim", "Nobody gave their word.")
      : table(["Who", "Word", "When", "Standing then", "Comment"], request.approvals.map((one) => make("tr", "",
        make("td", "", one.account), make("td", "", one.decision), make("td", "", time(one.at)),
        make("td", "", [...one.roles, ...one.groups].join(", ")), make("td", "", one.comment || "")))));
    panel.append(make("h3", "", "What was done"));
    if (operation === null) panel.append(make("p", "dim", "Nothing was started."));
    else panel.append(facts([["Operation", operation.id], ["State", operation.state], ["Outcome", operation.outcome]]),
      table(["Step", "State", "From", "To", "Note"], operation.steps.map((step) => make("tr", "",
        make("td", "", step.name), make("td", step.state, step.state), make("td", "", time(step.startedAt)),
        make("td", "", time(step.endedAt)), make("td", "", (step.detail && step.detail.note) || "")))));
    const own = events.filter((row) => row.requestId === request.id);
    panel.append(make("h3", "", "On record"), table(EVENT_HEADS, own.map(eventRow)));
    return panel;
  };

  /** A button that adds so many more, as long as there are more. */
  const showInParts = (all, show, more) => {
    const button = make("button", "", "Show more");
    button.type = "button";
    let shown = 0;
    const next = () => {
      more(all.slice(shown, shown + AT_A_TIME).map(show));
      shown += AT_A_TIME;
      button.hidden = shown >= all.length;
    };
    button.addEventListener("click", next);
    next();
    return button;
  };

  page.replaceChildren();
  const scope = heading.scope.request ? "Request " + heading.scope.request : "From " + time(heading.scope.from) + " to " + time(heading.scope.to);
  page.append(make("h1", "", "What is on record"), make("p", "lead", scope + ": " + events.length + " rows, " + requests.length + " requests. Exported by " + heading.exportedBy + ", " + time(heading.exportedAt) + "."),
    make("p", "", "This page shows what the file holds. Whether that is what was written, npx gatehouse audit verify says, without any network."));
  const newest = checkpoints[checkpoints.length - 1];
  page.append(make("section", "panel", make("h2", "", "Proof"), facts([
    ["Rows in full", events.length], ["Rows of which only the place is told", links.length], ["Signed checkpoints", checkpoints.length],
    ["Newest checkpoint", newest ? "row " + newest.seq + ", " + time(newest.at) : "none: a cut tail would not be found"],
    ["Key", newest ? newest.keyId : null], ["The record's last row", heading.recordEnd ? heading.recordEnd.seq + " " + heading.recordEnd.hash : "none"]]),
    make("pre", "", heading.publicKey || "There is no public key: the record was not signed.")));
  if (requests.length > 0) {
    const list = make("div");
    page.append(make("h2", "", "Requests"), list, showInParts(requests, showRequest, (some) => list.append(...some)));
  }
  if (!heading.scope.request) {
    const rows = table(EVENT_HEADS, []);
    page.append(make("h2", "", "All rows"), make("section", "panel", rows), showInParts(events, eventRow, (some) => rows.tBodies[0].append(...some)));
  }
})();
`;
