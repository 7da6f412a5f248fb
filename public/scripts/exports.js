// Exports, where there is a script: the page of exports follows what is being made, and every other page says when a file that whoever
// looks at it asked for is there. Everything works without it.

const STATE = "/exports/etat";
const PAUSE_MS = 1500;
const UNDER_WAY = ["waiting", "running"];
const list = () => document.querySelector("[data-exports]");

/** Says how far the exports of an address are to `told`, again and again, until it answers that nothing more is to come, or nobody is signed in any more. */
async function follow(told, address = STATE) {
  for (;;) {
    // Nobody looks at a hidden page: nothing is asked for it.
    if (document.visibilityState === "visible") {
      try {
        // Whoever is not signed in any more would be led to where one signs in.
        const answer = await fetch(address, { redirect: "manual" });
        if (answer.ok ? await told(await answer.json()) : answer.status < 500) return;
      } catch {
        // The network comes back, or the page is loaded again.
      }
    }
    await new Promise((next) => setTimeout(next, PAUSE_MS));
  }
}

/** What the menu says of files that were not seen yet. */
function showBadge(words) {
  const badge = document.querySelector("[data-badge]");
  if (!badge) return;
  // A number and, after a space that does not break, what is counted: on a narrow screen the number alone is seen.
  const [, count, unit] = /^(\S*)(.*)$/.exec(words);
  badge.firstElementChild.textContent = count;
  badge.lastElementChild.textContent = unit;
  badge.hidden = !words;
}

/** Puts the list of a page that was just loaded in the place of the one that is shown. */
async function refresh() {
  const answer = await fetch(location.pathname + location.search);
  if (!answer.ok) return;
  const loaded = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-exports]");
  if (!loaded) return;
  const focused = document.activeElement?.closest("[data-export]")?.dataset.export;
  list().replaceWith(loaded);
  showBadge("");
  // Whoever was on a line stays on it.
  if (focused) loaded.querySelector(`[data-export="${focused}"] a`)?.focus();
}

/** Where the end of an export is said: in the place of what the page said of its request, which holds no more; nothing moves. */
const placeOfEnds = () => document.querySelector(".notice--quiet[data-notice]") ?? document.querySelector("[data-exports-message]");

/** On the page of exports: shows how far each is, and the list anew when one of them ended. */
async function showAll({ exports }) {
  let hasEnded = false;
  for (const { id, code, words, percents, announcement } of exports) {
    const line = document.querySelector(`[data-export="${id}"] [data-state]`);
    if (!line) continue;
    if (line.dataset.state !== code && announcement) {
      hasEnded = true;
      placeOfEnds().textContent = announcement;
    }
    if (line.textContent !== words) line.textContent = words;
    const bar = document.querySelector(`[data-export="${id}"] progress`);
    if (!bar) continue;
    bar.hidden = code !== "running";
    if (percents === null) bar.removeAttribute("value");
    else bar.value = percents;
  }
  if (hasEnded) await refresh();
  return !list()?.hasAttribute("data-pending");
}

/** On the other pages: says which of those that were pending ended, with the way to them. */
function sayTheirEnd(link) {
  const pending = new Set(link.dataset.pendingExports.split(" "));
  const news = placeNews();
  return ({ exports, badge }) => {
    showBadge(badge);
    const underWay = new Set(exports.filter(({ code }) => UNDER_WAY.includes(code)).map(({ id }) => id));
    const ended = [...pending].filter((id) => !underWay.has(id));
    for (const id of ended) {
      pending.delete(id);
      const found = exports.find((one) => one.id === id);
      if (found?.announcement) say(news, found.announcement, link.href);
    }
    return pending.size === 0;
  };
}

/** Where news are said, at the foot of the menu: it is there before them, without which nothing would be announced. */
function placeNews() {
  const news = document.createElement("p");
  news.className = "site-header__news";
  news.setAttribute("role", "status");
  document.querySelector(".site-header").append(news);
  return news;
}

function say(news, words, address) {
  const way = document.createElement("a");
  way.href = address;
  way.rel = "external";
  way.textContent = "Voir les exports";
  news.replaceChildren(`${words} `, way);
}

const link = document.querySelector("[data-pending-exports]");
if (list()?.hasAttribute("data-pending")) follow(showAll, `${STATE}?page=${list().dataset.page}`);
else if (link && !list()) follow(sayTheirEnd(link));
