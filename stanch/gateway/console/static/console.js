"use strict";
// The pages work without this: it tells lengths of time, and shows what has changed since.

const main = () => document.getElementById("main");
const news = () => document.getElementById("news");
const ARMED_AFTER = 1200; // ms: nobody presses what has only just come under the thumb

let asSent = main().innerHTML;

function ago(at) {
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 2 * 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ticks]")) {
    const at = new Date(time.dateTime);
    if (!time.title) time.title = time.textContent;
    time.textContent = ago(at);
  }
}

function say(text, again) {
  const line = news();
  line.replaceChildren(text);
  if (again) {
    const button = document.createElement("button");
    button.textContent = "Show it";
    button.addEventListener("click", again);
    line.append(" ", button);
  }
  line.hidden = !text;
}

const isTyping = () => {
  const field = document.activeElement;
  return main().contains(field) && field.matches("input, select, textarea");
};

// What can be focused, by what it says and how many before it say the same.
const reached = (within) => [...within.querySelectorAll("a, button, summary")];
const alike = (one, other) => one.textContent === other.textContent && one.tagName === other.tagName;

function focusedIn(within) {
  const at = document.activeElement;
  if (!within.contains(at) || at === within) return () => {};
  const before = reached(within).filter((one) => alike(one, at)).indexOf(at);
  return (fresh) => reached(fresh).filter((one) => alike(one, at))[before]?.focus({ preventScroll: true });
}

function arm(form) {
  for (const button of form.querySelectorAll("button")) {
    button.disabled = true;
    setTimeout(() => (button.disabled = false), ARMED_AFTER);
  }
}

function swap(fresh) {
  const isNew = fresh.dataset.digest !== main().dataset.digest;
  const open = new Set([...main().querySelectorAll("details[open] > summary")].map((one) => one.textContent));
  const answer = document.getElementById("answer");
  const focus = focusedIn(main());
  main().replaceWith(fresh);
  for (const summary of fresh.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  if (answer) fresh.querySelector(".head")?.after(answer);
  focus(fresh);
  if (isNew) fresh.querySelectorAll("[data-decides]").forEach(arm);
  say("");
  tick();
}

async function look() {
  const here = main();
  const answer = await fetch(here.dataset.page || location.pathname, { headers: { Accept: "text/html" } });
  if (answer.redirected) return location.reload();
  if (!answer.ok) return say("What is shown may be old: the gateway does not answer as it should.");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  document.title = page.title;
  if (fresh.innerHTML === asSent) return;
  asSent = fresh.innerHTML;
  const asked = here.dataset.digest;
  if (asked && fresh.dataset.digest !== asked && here.querySelector("[data-decides]")) {
    // What is under the thumb stays what it was, and can no longer be pressed.
    here.querySelectorAll("[data-decides] button").forEach((button) => (button.disabled = true));
    return say("What you were asked is no longer so.", () => swap(fresh));
  }
  if (isTyping()) return say("Something has changed.", () => swap(fresh));
  return swap(fresh);
}

function listen() {
  const where = main().dataset.live;
  if (!where) return;
  const stream = new EventSource(where);
  stream.addEventListener("message", () => {
    say("");
    look().catch(() => say("What is shown may be old: the gateway cannot be reached."));
  });
  stream.addEventListener("over", () => location.reload());
  stream.addEventListener("error", () => say("What is shown may be old: the gateway cannot be reached."));
  addEventListener("pagehide", () => stream.close());
}

// One press is one word: a second one while the first is on its way is not sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

if (main().dataset.page) history.replaceState(null, "", main().dataset.page);
tick();
setInterval(tick, 15000);
listen();
