// Plain JavaScript, because the demo shows it before any package is installed and on any Node that npm runs on.

/**
 * One thing the demo builds or starts. `progress` is from 0 to 1 where the work itself knows it.
 * @typedef {Readonly<{
 *   name: string,
 *   detail: string,
 *   state: "waiting" | "running" | "done" | "failed",
 *   elapsedSeconds: number,
 *   usualSeconds?: number | undefined,
 *   progress?: number | undefined,
 * }>} StartStep
 */

/**
 * How far the demo has come. `startedAt` is ISO 8601, UTC; `message` is for what the steps cannot say.
 * @typedef {Readonly<{ steps: readonly StartStep[], startedAt: string, message?: string | undefined }>} StartState
 */

/** @type {Readonly<Record<string, string>>} */
const escapes = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);
}

/** @param {number} seconds */
export function secondsInWords(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Seconds a step still takes, or undefined where nothing tells.
 * @param {StartStep} step
 */
function secondsLeft(step) {
  if (step.state === "done" || step.state === "failed") {
    return 0;
  }
  if (step.state === "running" && step.progress !== undefined && step.progress > 0.05) {
    return (step.elapsedSeconds / step.progress) * (1 - step.progress);
  }
  // A step that has outlived its usual time is about to end for all we know.
  return step.usualSeconds === undefined ? undefined : Math.max(1, step.usualSeconds - step.elapsedSeconds);
}

/** @param {number} seconds */
function roughly(seconds) {
  if (seconds < 10) {
    return "a few seconds";
  }
  if (seconds < 90) {
    return `${Math.ceil(seconds / 10) * 10} s`;
  }
  return `${Math.ceil(seconds / 60)} min`;
}

/**
 * What is left in all, in rounded words: steps under way run side by side, those that wait come one after another.
 * @param {readonly StartStep[]} steps
 */
export function timeLeftInWords(steps) {
  const running = steps.filter((step) => step.state === "running").map(secondsLeft);
  const waiting = steps.filter((step) => step.state === "waiting").map(secondsLeft);
  const known = (/** @type {readonly (number | undefined)[]} */ all) => all.filter((each) => each !== undefined);
  const sum = Math.max(0, ...known(running)) + known(waiting).reduce((total, each) => total + each, 0);
  const unknown = running.length + waiting.length - known(running).length - known(waiting).length;
  if (running.length + waiting.length === 0) {
    return "nothing left to do";
  }
  if (unknown === 0) {
    return `about ${roughly(sum)} left`;
  }
  return sum === 0 ? "time left not known yet" : `at least ${roughly(sum)} left`;
}

/**
 * How far a step has come, from 0 to 1; a guess from its usual time never reaches the end by itself.
 * @param {StartStep} step
 */
function shareDone(step) {
  if (step.state === "done") {
    return 1;
  }
  if (step.progress !== undefined) {
    return Math.min(1, Math.max(0, step.progress));
  }
  return step.usualSeconds === undefined ? 0 : Math.min(0.95, step.elapsedSeconds / step.usualSeconds);
}

const stateWords = { waiting: "waits", running: "under way", done: "done", failed: "failed" };

const shapes = {
  waiting: '<circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="1.2"/>',
  running:
    '<circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="1.4"/><circle cx="5" cy="5" r="1.8" fill="currentColor"/>',
  done: '<circle cx="5" cy="5" r="4.4" fill="currentColor"/>',
  failed: '<rect x="1" y="1" width="8" height="8" rx="0.8" fill="currentColor"/>',
};

/** @param {StartStep} step */
function timeOf(step) {
  if (step.state === "waiting") {
    return step.usualSeconds === undefined ? "" : `usually ${secondsInWords(step.usualSeconds)}`;
  }
  if (step.state === "running" && step.usualSeconds !== undefined) {
    return `${secondsInWords(step.elapsedSeconds)} of about ${secondsInWords(step.usualSeconds)}`;
  }
  return secondsInWords(step.elapsedSeconds);
}

/** @param {StartStep} step */
function renderStep(step) {
  const percent = Math.round(shareDone(step) * 100);
  const guessed = step.progress === undefined && step.usualSeconds === undefined;
  const bar =
    step.state === "running"
      ? `<div class="bar${guessed ? " hatched" : ""}" role="progressbar" aria-label="${escapeHtml(step.name)}"${
          guessed ? "" : ` aria-valuenow="${percent}" aria-valuemin="0" aria-valuemax="100"`
        }><i style="width:${guessed ? 0 : percent}%"></i></div>`
      : "";
  return `<li class="${step.state}"><svg aria-hidden="true" viewBox="0 0 10 10" width="10" height="10">${
    shapes[step.state]
  }</svg><div class="what"><b>${escapeHtml(step.name)}</b><span class="unseen">, ${
    stateWords[step.state]
  }</span><span class="detail">${escapeHtml(step.detail)}</span></div><span class="time">${timeOf(step)}</span>${bar}</li>`;
}

/** @param {StartState} state */
function leadOf(state) {
  const failed = state.steps.find((step) => step.state === "failed");
  if (failed !== undefined) {
    return `<b>${escapeHtml(failed.name)}</b> failed, so the rest was not started. The terminal says why and what to do.`;
  }
  const running = state.steps.filter((step) => step.state === "running");
  const next = state.steps.find((step) => step.state === "waiting");
  const done = state.steps.filter((step) => step.state === "done").length;
  const now =
    running.length === 0
      ? "The parts are there; the console is about to answer."
      : `Now: ${running.map((step) => `<b>${escapeHtml(step.name)}</b>`).join(", ")}.`;
  const then = next === undefined ? "" : ` Next: ${escapeHtml(next.name)}.`;
  return `${now}${then} ${done} of ${state.steps.length} done, ${timeLeftInWords(state.steps)}.`;
}

/** @param {StartState} state */
function renderBody(state) {
  const failed = state.steps.some((step) => step.state === "failed");
  const message = state.message === undefined ? "" : `<p class="message">${escapeHtml(state.message)}</p>`;
  return `<h1>${failed ? "Gatehouse could not start." : "Gatehouse is getting ready."}</h1>
<p class="lead">${leadOf(state)}</p>
${message}<section aria-labelledby="steps"><h2 id="steps">What is built and started <span>began ${escapeHtml(
    state.startedAt.slice(11, 19),
  )} UTC</span></h2>
<ol>${state.steps.map(renderStep).join("")}</ol></section>
<p class="foot">This page goes on to the console by itself. Built programs are kept: the next start takes seconds.</p>`;
}

/**
 * What `/start.json` answers while the demo starts: the state itself, and the page's body made of it.
 * @param {StartState} state
 */
export function renderStartJson(state) {
  return JSON.stringify({ ...state, body: renderBody(state) });
}

const style = `
:root{color-scheme:light dark;--bg:light-dark(#f5f6f8,#0b0d10);--surface:light-dark(#fff,#12151a);--line:light-dark(#e4e7ec,#242a33);--strong:light-dark(#cfd5dd,#343c48);--ink:light-dark(#12161c,#e8ebf0);--dim:light-dark(#535d6b,#a0a9b6);--faint:light-dark(#656e7b,#838d9b);--accent:light-dark(#2b55cf,#86a8ff);--ok:light-dark(#0f7346,#4fc78c);--warn:light-dark(#8a5800,#f0b34b);--crit:light-dark(#bb2a34,#f4686f)}
*{box-sizing:border-box;margin:0;padding:0}
body{background:var(--bg);color:var(--ink);font:13px/20px ui-sans-serif,system-ui,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums;-webkit-font-smoothing:antialiased}
.frame{max-width:760px;margin:0 auto;padding:32px 24px 64px}
.mark{display:flex;align-items:center;gap:10px;font-size:15px;font-weight:600;margin-bottom:40px}
h1{font-size:22px;line-height:28px;font-weight:600;letter-spacing:-.01em}
.lead{margin:8px 0 22px;max-width:86ch;font-size:15px;line-height:23px;color:var(--dim);text-wrap:pretty}
b{font-weight:600;color:var(--ink)}
.message{margin:0 0 22px;padding:10px 14px;border:1px solid var(--strong);border-radius:10px;background:var(--surface);overflow-wrap:anywhere}
section{border:1px solid var(--line);border-radius:10px;background:var(--surface)}
h2{padding:10px 14px;border-bottom:1px solid var(--line);font-size:13px;line-height:20px;font-weight:600}
h2 span{margin-left:8px;font-size:12px;font-weight:400;color:var(--faint)}
ol{list-style:none}
li{display:grid;grid-template-columns:10px minmax(0,1fr) auto;column-gap:12px;padding:8px 14px}
li+li{border-top:1px solid var(--line)}
li svg{margin-top:5px;color:var(--faint)}
.done svg{color:var(--ok)}.running svg{color:var(--accent)}.failed svg{color:var(--crit)}
.waiting b{font-weight:500;color:var(--dim)}
.detail{display:block;color:var(--dim);overflow-wrap:anywhere}
.waiting .detail,.done .detail{color:var(--faint)}
.failed .detail{color:var(--crit)}
.time{text-align:right;color:var(--faint)}
.running .time{color:var(--dim)}
.bar{grid-column:2/-1;height:6px;margin:6px 0 4px;border-radius:3px;background:var(--line);overflow:hidden}
.bar i{display:block;height:100%;border-radius:3px;background:var(--accent)}
.hatched{background:repeating-linear-gradient(-45deg,var(--strong) 0 3px,transparent 3px 7px)}
.foot{margin-top:16px;color:var(--faint)}
#silent{margin-top:16px;color:var(--warn)}
#silent:empty{display:none}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:640px){.frame{padding:20px 16px 48px}.mark{margin-bottom:24px}.time{grid-column:2;text-align:left}.time:empty{display:none}}
`;

// The listener changes hands from the starter to the console, so a refused connection is part of the way.
const script = `
(function () {
  var body = document.getElementById("body"), silent = document.getElementById("silent"), heardAt = Date.now(), shown = "";
  function look() {
    fetch("/api/healthz", { cache: "no-store" }).then(function (answer) {
      if (answer.status === 200) { location.replace("/"); return true; }
      return fetch("/start.json", { cache: "no-store" }).then(function (state) {
        if (!state.ok) { throw new Error("no state"); }
        return state.json();
      }).then(function (state) {
        heardAt = Date.now();
        silent.textContent = "";
        if (state.body !== shown) { shown = state.body; body.innerHTML = shown; }
        return false;
      });
    }).catch(function () {
      var seconds = Math.round((Date.now() - heardAt) / 1000);
      if (seconds >= 10) { silent.textContent = "Nothing has answered here for " + seconds + " s. If the terminal shows that the demo has ended, start it again."; }
      return false;
    }).then(function (over) { if (!over) { setTimeout(look, 1000); } });
  }
  setTimeout(look, 1000);
})();
`;

const arch =
  '<path d="M2.2 16.2V8.4a6.8 6.8 0 0 1 13.6 0v7.8"/><path d="M5.9 16.2V9a3.1 3.1 0 0 1 6.2 0v7.2"/><path d="M1.2 16.2h15.6"/>';

const icon = encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 -3 24 24"><rect x="-3" y="-3" width="24" height="24" rx="6" fill="#2b55cf"/><g fill="none" stroke="#fff" stroke-width="1.6" stroke-linecap="round" transform="translate(1.8 1.8) scale(.8)">${arch}</g></svg>`,
);

/**
 * The page the demo shows while programs are built and parts start. It needs nothing but itself: it asks `/start.json`
 * (`renderStartJson`) every second and goes to `/` once `/api/healthz` answers 200. All text of `state` is escaped.
 * @param {StartState} state
 */
export function renderStartPage(state) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatehouse is getting ready</title>
<link rel="icon" href="data:image/svg+xml,${icon}">
<style>${style}</style>
</head>
<body>
<main class="frame">
<div class="mark"><svg aria-hidden="true" viewBox="0 0 18 18" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round">${arch}</svg>Gatehouse</div>
<div id="body">${renderBody(state)}</div>
<p id="silent" role="status"></p>
</main>
<script>${script}</script>
</body>
</html>
`;
}
